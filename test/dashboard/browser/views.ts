import type { Page } from 'playwright-core'
import { seriousFindings } from './accessible.ts'
import { picture } from './pictures.ts'

const VIEWS = [
  { theme: 'light', width: 1440, height: 900 },
  { theme: 'dark', width: 1440, height: 900 },
  { theme: 'light', width: 390, height: 844 },
  { theme: 'dark', width: 390, height: 844 },
] as const

/** Keeps a picture of what is shown in each theme, wide and narrow. Returns what is wrong with any of them. */
export async function inEveryView(page: Page, name: string): Promise<string[]> {
  const faults: string[] = []
  for (const view of VIEWS) {
    await page.setViewportSize(view)
    await page.emulateMedia({ colorScheme: view.theme })
    await settled(page)
    const called = `${name}-${view.theme}-${view.width}`
    await picture(page, called)
    faults.push(...(await seriousFindings(page)).map((finding) => `${called}: ${finding}`))
    // Nothing is wider than the screen: what must be wide scrolls in its own place.
    const width = await page.evaluate(() => document.documentElement.scrollWidth)
    if (width !== view.width) faults.push(`${called}: ${width} wide`)
  }
  return faults
}

/** Nothing is being loaded any more, and every colour is that of the theme: a transition keeps the old one until it has begun. */
async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const isEndless = (animation: Animation) =>
      animation.effect?.getComputedTiming().endTime === Number.POSITIVE_INFINITY
    return (
      document.querySelector('.skeleton') === null &&
      document.getAnimations().every((animation) => animation.playState !== 'running' || isEndless(animation))
    )
  })
}

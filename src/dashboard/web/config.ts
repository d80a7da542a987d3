/** What the server writes into the page: where the dashboard is mounted, without a slash at its end. */
export interface PageConfig {
  basePath: string
}

function read(): PageConfig {
  const text = document.getElementById('offstage')?.textContent ?? '{}'
  const { basePath = '' } = JSON.parse(text) as Partial<PageConfig>
  return { basePath: basePath.replace(/\/+$/, '') }
}

export const { basePath } = read()

/**
 * A request's path below the base path. A router that mounts by taking the base path off gives the rest alone: that is
 * taken as it is.
 */
export function below(basePath: string, pathname: string): string {
  if (basePath === '') return pathname
  if (pathname === basePath) return '/'
  return pathname.startsWith(`${basePath}/`) ? pathname.slice(basePath.length) : pathname
}

export function isBelow(basePath: string, pathname: string): boolean {
  return basePath === '' || pathname === basePath || pathname.startsWith(`${basePath}/`)
}

import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Finding, ok, unhealthy, warning } from './finding.ts'

const MiB = 1_048_576

/** What Linux calls the file systems of other machines (statfs, f_type). */
const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9P'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
])
/** May be anything: sshfs, but also an encrypted folder of this machine. */
const FUSE = 0x65735546

/** The file system that the database is on: whose it is, and what room is left. */
export function checkPlace(file: string): Finding[] {
  const folder = nearestFolder(file)
  const { type, bavail, bsize } = statfsSync(folder)
  return [checkDrive(folder, type, process.platform), checkRoom(bavail * bsize, folder)]
}

/** A database that is not there yet: its file is made when it is needed, its folder is not. */
export function checkNew(url: string, file: string | undefined): Finding {
  const coming = ok('database', `${url} is not there yet: the first job or worker makes it`)
  if (file === undefined) return coming
  const folder = dirname(file)
  if (!existsSync(folder)) {
    return unhealthy('database', `the folder ${folder} does not exist`, 'create it, or name another file')
  }
  if (isWritable(file)) return coming
  return unhealthy(
    'database',
    `${folder} is no folder that can be written`,
    'make it writable for this user, or name another file',
  )
}

/** SQLite's locks and its shared memory hold within one machine only. */
export function checkDrive(folder: string, type: number, platform: NodeJS.Platform): Finding {
  const remedy = 'move the database to a disk of this machine: SQLite can be damaged on a network drive'
  const network =
    platform === 'linux' ? NETWORK.get(type >>> 0) : folder.startsWith('\\\\') ? 'a Windows share' : undefined
  if (network !== undefined) return unhealthy('drive', `${folder} is on a network drive (${network})`, remedy)
  if (platform === 'linux' && type === FUSE) {
    return warning('drive', `${folder} is on a FUSE file system, which may be a network drive`, `if it is, ${remedy}`)
  }
  // Elsewhere the number says nothing that is the same everywhere.
  return ok('drive', platform === 'linux' ? 'on a disk of this machine' : 'no network drive was recognized')
}

export function checkRoom(bytes: number, folder: string): Finding {
  const free = bytes >= 1_024 * MiB ? `${(bytes / 1_024 / MiB).toFixed(1)} GiB` : `${Math.floor(bytes / MiB)} MiB`
  const message = `${free} free in ${folder}`
  if (bytes < 100 * MiB) return unhealthy('disk', message, 'free some space: enqueues are refused on a full disk')
  if (bytes < 1_024 * MiB) return warning('disk', message, 'free some space before it is full')
  return ok('disk', message)
}

/** The log files, as a start would open them. */
export function checkLogs(files: readonly string[]): Finding {
  const closed = files.find((file) => !isWritable(file))
  if (closed === undefined) return ok('logs', files.join(', '))
  return unhealthy(
    'logs',
    `${closed} cannot be written`,
    'make it and its folder writable, or set BACKGROUND_JOB_LOG_DIRECTORY to another folder',
  )
}

function isWritable(file: string): boolean {
  const target = existsSync(file) ? file : nearestFolder(file)
  try {
    accessSync(target, constants.W_OK)
    return target === file ? statSync(file).isFile() : statSync(target).isDirectory()
  } catch {
    return false
  }
}

/** The folder of a file that may not be there yet, nor its folder: the nearest thing above it that is. */
function nearestFolder(file: string): string {
  const folder = dirname(file)
  return existsSync(folder) || folder === dirname(folder) ? folder : nearestFolder(folder)
}

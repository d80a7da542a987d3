export const SHORTEST_PASSWORD = 10
/** Longer ones would let anybody have us hash at length. */
export const LONGEST_PASSWORD = 256
const FEWEST_DIFFERENT = 5

/** The most common ones of at least ten characters, in lower case, without what is put at their end. */
const COMMON = [
  '0123456789',
  '1234567890',
  '0987654321',
  '9876543210',
  '1q2w3e4r5t',
  '1qaz2wsx3edc',
  'abcdefghij',
  'adminadmin',
  'administrator',
  'asdfghjkl',
  'asdfghjkl;',
  'basketball',
  'changeme',
  'changemenow',
  'football',
  'iloveyou',
  'letmein',
  'letmeinnow',
  'offstage',
  'p@ssword',
  'p@ssw0rd',
  'passw0rd',
  'password',
  'passwordpassword',
  'princess',
  'qazwsxedc',
  'qwerty',
  'qwertyuiop',
  'qwertyuiopasdf',
  'starwars',
  'sunshine',
  'superman',
  'trustno1',
  'welcome',
  'whatever',
  'zxcvbnm',
  'zaq12wsx',
] as const

/** What is wrong with a new password, for people; undefined when it will do. */
export function passwordFault(password: string, email: string): string | undefined {
  const length = [...password].length
  if (length < SHORTEST_PASSWORD) return `a password has at least ${SHORTEST_PASSWORD} characters`
  if (length > LONGEST_PASSWORD) return `a password has at most ${LONGEST_PASSWORD} characters`
  const plain = password.normalize('NFKC').toLowerCase()
  const [name = ''] = email.toLowerCase().split('@')
  if (plain === email.toLowerCase() || withoutEnd(plain) === name)
    return 'the password is the email address, or the name in it'
  if (new Set(plain).size < FEWEST_DIFFERENT) return 'the password repeats too few characters'
  const stem = withoutEnd(plain)
  if (COMMON.some((common) => plain === common || stem === common)) return 'the password is one of the most common ones'
  return undefined
}

/** Without the digits and signs that people add to a word: `Password123!` is `password`. */
function withoutEnd(password: string): string {
  return password.replace(/[\d\p{P}\p{S}]+$/u, '')
}

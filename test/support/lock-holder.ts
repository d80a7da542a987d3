/** Another program that has a database to itself for a while: tells `locked`, and lets go after some milliseconds. */
import { DatabaseSync } from 'node:sqlite'

const [path = '', ms = '0'] = process.argv.slice(2)
const database = new DatabaseSync(path)
database.exec('begin exclusive')
process.stdout.write('locked\n')
setTimeout(() => {
  database.exec('commit')
  database.close()
}, Number(ms))

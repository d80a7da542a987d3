/** @type {import('next').NextConfig} */
export default {
  // It starts processes and reads files of its own: it is loaded as it is, not bundled.
  serverExternalPackages: ['offstage'],
}

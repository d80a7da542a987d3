/** Never ends and never looks up: nothing that happens in its process can stop it. A cancel stops it anyway. */
export class Archive {
  pack(folder: string): never {
    for (let file = 0; ; file++) if (file === Number.MAX_SAFE_INTEGER) console.log(`${folder} is packed`)
  }
}

/** Whether a file is a pickle as torch saves them: a zip, or the old bare form. The server looks closer. */

const ZIP = [0x50, 0x4b, 0x03, 0x04];
const PICKLE = 0x80; // every pickle since protocol 2 begins so
const BRACE = 0x7b; // behind the length of its header, safetensors begins so

export async function isPickle(file: Blob): Promise<boolean> {
  const start = new Uint8Array(await file.slice(0, 9).arrayBuffer());
  if (ZIP.every((byte, at) => start[at] === byte)) return true;
  return start[0] === PICKLE && start[8] !== BRACE;
}

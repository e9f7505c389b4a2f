/** Files as they are dropped or chosen, with their paths inside of what was dropped. */

export interface Named { path: string; file: File }

async function entries(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed));
    if (!some.length) return all;
    all.push(...some);
  }
}

async function walk(entry: FileSystemEntry): Promise<Named[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((done, failed) => (entry as FileSystemFileEntry).file(done, failed));
    return [{ path: entry.fullPath.replace(/^\//, ""), file }];
  }
  const inside = await entries((entry as FileSystemDirectoryEntry).createReader());
  return (await Promise.all(inside.map(walk))).flat();
}

export async function dropped(items: DataTransferItemList): Promise<Named[]> {
  const roots = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  return kept((await Promise.all(roots.map(walk))).flat());
}

export function chosen(list: FileList): Named[] {
  return kept([...list].map((file) => ({ path: file.webkitRelativePath || file.name, file })));
}

const LITTER = /(^|\/)(\.DS_Store|Thumbs\.db|desktop\.ini|__MACOSX\/.*|\.git\/.*)$/i;

/** Without what systems leave lying about, in a stable order. */
export function kept(files: Named[]): Named[] {
  return files.filter(({ path }) => !LITTER.test(path)).sort((a, b) => (a.path < b.path ? -1 : 1));
}

const files = import.meta.glob<object>("./*.json", { eager: true, import: "default" });

/** Every catalogue of this language by its name: "board" is ./board.json. */
export default Object.fromEntries(
  Object.entries(files).map(([path, words]) => [path.slice(2, -5), words]),
);

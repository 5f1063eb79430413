/** Gives the reader a file, as by a link to it. */
export function saveFile(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // A large one is still being read when the click is done.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Gives a file to the person; nothing goes anywhere else. */
export function saveFile(name: string, parts: readonly (string | Uint8Array)[]): void {
  const url = URL.createObjectURL(new Blob(parts as BlobPart[]));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Not before the download has begun.
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 60_000);
}

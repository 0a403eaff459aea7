export default async function stopServices() {
  await globalThis.sharedServices?.stop();
}

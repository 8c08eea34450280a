// What is fetched again comes in the order it was asked for, so that no older answer overwrites a newer one.
export function turns() {
  let last = Promise.resolve();
  return (work) => (last = last.catch(() => {}).then(work));
}

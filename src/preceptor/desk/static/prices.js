// What a pair or an example costs in bits, by the formulas of preceptor.lessons: Pairs and Examples.

const labelBits = (classes) => Math.log2(classes + 1);

function subsetBits(of, chosen) {
  let bits = 0;
  for (let i = 0; i < Math.min(chosen, of - chosen); i++) bits += Math.log2((of - i) / (i + 1));
  return bits;
}

export function pairBits(numbers, changed, classes, pool) {
  const edit = Math.log2(numbers + 1) + subsetBits(numbers, changed) + 8 * changed;
  return 2 * labelBits(classes) + Math.log2(pool) + Math.min(8 * numbers, edit);
}

export function exampleBits(numbers, classes) {
  return 8 * numbers + labelBits(classes);
}

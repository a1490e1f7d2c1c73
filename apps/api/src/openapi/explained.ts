/** Values with what they mean, in a sentence for a description: `` `held`: an operator must act; … ``. */
export const explained = (meanings: Readonly<Record<string, string>>): string =>
  Object.entries(meanings)
    .map(([value, meaning]) => `\`${value}\`: ${meaning}`)
    .join('; ');

// Sentences into words, without regard to case and accents, each with its place in the sentence.

const TOKEN = /\d+\/\d+|\d+(?:[.,]\d+)?|\p{L}[\p{L}\p{M}]*(?:-\p{L}[\p{L}\p{M}]*)*['’]?|[%°]/gu;

/** A word as it is compared: small letters, no accents. */
export function fold(text) {
  const bare = text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return bare.replaceAll("ß", "ss").replaceAll("œ", "oe").replaceAll("’", "'");
}

/** The words of a sentence: `[{word, start, end, role}]`; `role` says what a word turned out to be a part of. */
export function tokens(sentence) {
  const text = sentence.normalize("NFC");
  const token = ({ 0: said, index }) => ({ word: fold(said), start: index, end: index + said.length, role: "" });
  return [...text.matchAll(TOKEN)].map(token);
}

/** Whether `words` are what the sentence says from `place` on; the last may have an ending of up to two letters. */
export function says(sentence, place, words) {
  return words.every((word, index) => {
    const said = sentence[place + index];
    if (said === undefined || said.role) return false;
    const ending = index === words.length - 1 && word.length > 3 ? 2 : 0;
    return said.word === word || (said.word.startsWith(word) && said.word.length <= word.length + ending);
  });
}

// What is pasted into a field of several values: a list with one on each line, or one line of them.

// A text in quotes, in which two stand for one, or whatever is there up to the next mark.
const CELL = /\s*(?:"((?:[^"]|"")*)"\s*(?=[,;]|$)|([^,;]*))(?:[,;]|$)/y;
const QUOTED = /(?:^|[,;])\s*"(?:[^"]|"")*"\s*(?=[,;]|$)/;

// The parts of one line, as a spreadsheet writes them.
function cells(line) {
  const found = [];
  CELL.lastIndex = 0;
  while (CELL.lastIndex < line.length) {
    const [, quoted, plain] = CELL.exec(line);
    found.push(quoted?.replaceAll('""', '"') ?? plain);
  }
  return found;
}

// Where there are several lines or columns, a comma belongs to its value unless some are in quotes;
// in a number it may belong to the thousands.
export function valuesIn(text, isNumber = false) {
  const lines = text.split(/[\n\r\t]+/).filter((each) => each.trim());
  const isLine = lines.length === 1;
  const part = (line) => {
    if (isNumber) return line.split(";");
    return isLine || QUOTED.test(line) ? cells(line) : [line];
  };
  return lines.flatMap(part).map((each) => each.trim()).filter(Boolean);
}

// Whether a text with a mark in it is one value that really is there: "Smith, John".
export async function isKnown(field, text) {
  if (!field.dataset.suggestions) return false;
  try {
    const answer = await fetch(`${field.dataset.suggestions}&q=${encodeURIComponent(text)}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return answer.ok && [...page.querySelectorAll("[data-value]")].some((each) => each.dataset.value === text);
  } catch {
    return false; // The server is away: it is read as a list.
  }
}

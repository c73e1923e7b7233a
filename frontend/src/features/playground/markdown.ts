/** A piece of a line of Markdown. */
export type Inline =
  | { kind: "text"; text: string }
  | { kind: "code"; text: string }
  | { kind: "strong" | "em" | "del"; children: Inline[] }
  | { kind: "link"; url: string; children: Inline[] };

/** A block of Markdown. */
export type Block =
  | { kind: "paragraph"; children: Inline[] }
  | { kind: "heading"; level: number; children: Inline[] }
  | { kind: "code"; language: string; text: string }
  | { kind: "quote"; blocks: Block[] }
  | { kind: "list"; ordered: boolean; start: number; items: Block[][] }
  | { kind: "table"; head: Inline[][]; rows: Inline[][][] }
  | { kind: "rule" };

/** What nests deeper than people read stays text. */
const deepest = 12;

const fence = /^ {0,3}(`{3,}|~{3,})\s*([^\s`]*).*$/;
const heading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/;
const rule = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const quote = /^ {0,3}> ?(.*)$/;
const item = /^( {0,3})([-*+]|(\d{1,9})[.)])( +|$)(.*)$/;
const separator = /^ {0,3}\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

/**
 * Reads the Markdown that models write: headings, lists, quotes, tables, code, emphasis and links. What it does not know stays text,
 * and it reads half a document, as it stands while an answer is written, as well as a whole one.
 */
export function blocksOf(text: string): Block[] {
  return readBlocks(text.replaceAll("\r\n", "\n").replaceAll("\t", "    ").split("\n"), 0);
}

/**
 * Cuts a text between blocks, so that a long answer is read piece by piece: while it grows, all its pieces but the last stay the same.
 * Read one after another they give what the whole gives.
 */
export function piecesOf(text: string): string[] {
  const lines = text.split("\n");
  const pieces: string[] = [];
  let from = 0;
  let fenced: string | undefined;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const mark = fence.exec(line)?.[1];
    if (mark && fenced === undefined) fenced = mark;
    else if (fenced !== undefined && closes(line, fenced)) fenced = undefined;
    const next = lines[at + 1];
    // What is indented, or an item, may belong to a list above.
    if (fenced !== undefined || line.trim() !== "" || !next || /^\s/.test(next) || item.test(next)) continue;
    pieces.push(lines.slice(from, at + 1).join("\n"));
    from = at + 1;
  }
  return [...pieces, lines.slice(from).join("\n")];
}

function closes(line: string, mark: string): boolean {
  return line.trim().startsWith(mark) && /^\s*(`+|~+)\s*$/.test(line);
}

function readBlocks(lines: readonly string[], depth: number): Block[] {
  if (depth > deepest) return [{ kind: "paragraph", children: [{ kind: "text", text: lines.join("\n") }] }];
  const blocks: Block[] = [];
  let at = 0;
  const take = (while_: (line: string, index: number) => boolean): string[] => {
    const from = at;
    while (at < lines.length && while_(lines[at] ?? "", at)) at += 1;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at] ?? "";
    const opened = fence.exec(line);
    const titled = heading.exec(line);
    if (line.trim() === "") {
      at += 1;
    } else if (opened) {
      at += 1;
      const [, mark = "", language = ""] = opened;
      blocks.push({ kind: "code", language, text: take((one) => !closes(one, mark)).join("\n") });
      at += 1;
    } else if (titled) {
      at += 1;
      blocks.push({ kind: "heading", level: titled[1]?.length ?? 1, children: inlineOf(titled[2] ?? "") });
    } else if (rule.test(line)) {
      at += 1;
      blocks.push({ kind: "rule" });
    } else if (quote.test(line)) {
      const inner = take((one) => quote.test(one)).map((one) => quote.exec(one)?.[1] ?? "");
      blocks.push({ kind: "quote", blocks: readBlocks(inner, depth + 1) });
    } else if (item.test(line)) {
      blocks.push(readList());
    } else if (line.includes("|") && separator.test(lines[at + 1] ?? "") && (lines[at + 1] ?? "").includes("-")) {
      const [head = "", , ...rows] = take((one, index) => one.includes("|") || index === at + 1);
      blocks.push({ kind: "table", head: cells(head), rows: rows.map(cells) });
    } else {
      const from = at;
      const paragraph = take((one, index) => one.trim() !== "" && (index === from || !starts(one)));
      blocks.push({ kind: "paragraph", children: inlineOf(paragraph.map((one) => one.trim()).join("\n")) });
    }
  }
  return blocks;

  /** Takes the items of one list; what is indented under an item belongs to it, and so does a blank line between two of them. */
  function readList(): Block {
    const first = item.exec(lines[at] ?? "");
    const ordered = first?.[3] !== undefined;
    const items: Block[][] = [];
    for (;;) {
      const found = item.exec(lines[at] ?? "");
      if (!found || (found[3] !== undefined) !== ordered || rule.test(lines[at] ?? "")) break;
      const [, lead = "", mark = "", , gap = "", rest = ""] = found;
      const indent = lead.length + mark.length + Math.min(Math.max(gap.length, 1), 4);
      at += 1;
      const inner = take((one, index) => {
        if (one.trim() === "") return spaces(lines[index + 1] ?? "") >= Math.min(indent, 2);
        return spaces(one) >= Math.min(indent, 2) || !starts(one);
      });
      items.push(readBlocks([rest, ...inner.map((one) => one.slice(Math.min(indent, spaces(one))))], depth + 1));
      while (lines[at]?.trim() === "" && item.test(lines[at + 1] ?? "")) at += 1;
    }
    return { kind: "list", ordered, start: Number(first?.[3] ?? 1), items };
  }
}

function starts(line: string): boolean {
  return [fence, heading, rule, quote, item].some((mark) => mark.test(line));
}

function spaces(line: string): number {
  return line.length - line.trimStart().length;
}

function cells(row: string): Inline[][] {
  const inner = row
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => inlineOf(cell.replaceAll("\\|", "|").trim()));
}

const marks =
  /\\([\\`*_{}[\]()#+\-.!|~>])|(`+)(.+?)\2(?!`)|!?\[([^\]\n]*)\]\((\S+?)(?:\s+"[^"]*")?\)|\*\*(?=\S)(.+?)\*\*(?!\*)|\*(?=[^\s*])(.+?)(?<=[^\s*])\*(?!\*)|(?<![\w])_(?=\S)(.+?)(?<=\S)_(?![\w])|~~(?=\S)(.+?)~~|(https?:\/\/[^\s<>()\p{Script=Han}，。；：！？、）」』]+[^\s<>()\p{Script=Han}，。；：！？、）」』.,:;!?'"])/su;

/** Reads one stretch of text. Links lead to the web or to mail alone: anything else stays text. */
export function inlineOf(text: string, depth = 0): Inline[] {
  if (depth > deepest) return [{ kind: "text", text }];
  const found: Inline[] = [];
  let rest = text;
  for (let match = marks.exec(rest); match; match = marks.exec(rest)) {
    if (match.index > 0) found.push({ kind: "text", text: rest.slice(0, match.index) });
    found.push(pieceOf(match, depth + 1));
    rest = rest.slice(match.index + match[0].length);
  }
  if (rest) found.push({ kind: "text", text: rest });
  return found;
}

function pieceOf(match: RegExpExecArray, depth: number): Inline {
  const [whole, escaped, , code, label, url, strong, em, em2, del, bare] = match;
  if (escaped !== undefined) return { kind: "text", text: escaped };
  if (code !== undefined) return { kind: "code", text: code.trim() || code };
  if (url !== undefined) {
    const text = label || url;
    return /^(https?:\/\/|mailto:)/i.test(url) ? { kind: "link", url, children: inlineOf(text, depth) } : { kind: "text", text: whole };
  }
  if (strong !== undefined) return { kind: "strong", children: inlineOf(strong, depth) };
  if (em !== undefined || em2 !== undefined) return { kind: "em", children: inlineOf(em ?? em2 ?? "", depth) };
  if (del !== undefined) return { kind: "del", children: inlineOf(del, depth) };
  return { kind: "link", url: bare ?? whole, children: [{ kind: "text", text: bare ?? whole }] };
}

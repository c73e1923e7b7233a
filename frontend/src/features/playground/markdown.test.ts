import { expect, it } from "vitest";
import { type Block, blocksOf, type Inline, inlineOf, piecesOf } from "./markdown";

const text = (value: string): Inline => ({ kind: "text", text: value });
const paragraph = (...children: Inline[]): Block => ({ kind: "paragraph", children });

it("reads the blocks that models write", () => {
  expect(blocksOf('## 标题\n\n第一段\n接着\n\n```go\nfmt.Println("**")\n\n```\n---\n> 引用\n> 两行')).toEqual([
    { kind: "heading", level: 2, children: [text("标题")] },
    paragraph(text("第一段\n接着")),
    { kind: "code", language: "go", text: 'fmt.Println("**")\n' },
    { kind: "rule" },
    { kind: "quote", blocks: [paragraph(text("引用\n两行"))] },
  ]);
});

it("nests lists, and keeps what stands under an item", () => {
  expect(blocksOf("1. 一\n   - 甲\n   - 乙\n\n2. 二\n\n   再说\n\n后文")).toEqual([
    {
      kind: "list",
      ordered: true,
      start: 1,
      items: [
        [paragraph(text("一")), { kind: "list", ordered: false, start: 1, items: [[paragraph(text("甲"))], [paragraph(text("乙"))]] }],
        [paragraph(text("二")), paragraph(text("再说"))],
      ],
    },
    paragraph(text("后文")),
  ]);
});

it("reads a table, and a code block that is still being written", () => {
  expect(blocksOf("| a | b |\n|---|:-:|\n| 1 | x \\| y |\n\n```\nhalf")).toEqual([
    { kind: "table", head: [[text("a")], [text("b")]], rows: [[[text("1")], [text("x | y")]]] },
    { kind: "code", language: "", text: "half" },
  ]);
});

it("reads emphasis, code and links, and leaves alone what only looks like them", () => {
  expect(inlineOf("a **b *c*** `x*y*` ~~d~~ 2 * 3 * 4 snake_case_name \\*no\\*")).toEqual([
    text("a "),
    { kind: "strong", children: [text("b "), { kind: "em", children: [text("c")] }] },
    text(" "),
    { kind: "code", text: "x*y*" },
    text(" "),
    { kind: "del", children: [text("d")] },
    text(" 2 * 3 * 4 snake_case_name "),
    text("*"),
    text("no"),
    text("*"),
  ]);
  expect(inlineOf("[文档](https://example.com/a_(b) 见 https://example.com/c。")).toContainEqual({
    kind: "link",
    url: "https://example.com/c",
    children: [text("https://example.com/c")],
  });
});

it("makes no link that could run or read anything", () => {
  for (const url of ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//example.com", "JavaScript:alert(1)"]) {
    expect(JSON.stringify(blocksOf(`[x](${url}) ![x](${url})`))).not.toContain('"kind":"link"');
  }
  expect(blocksOf("<img src=x onerror=alert(1)>")).toEqual([paragraph(text("<img src=x onerror=alert(1)>"))]);
});

it("comes to an end with anything", () => {
  for (const piece of ["*", "_", "`", "[", "**a", "> ", "- ", "|", "~~", "\\", "a_b*", "![", "https://", "*a ", "~~~"]) {
    expect(blocksOf(piece.repeat(3000)).length).toBeGreaterThan(0);
  }
});

const documents = [
  "一段\n接着\n\n又一段",
  "1. 一\n\n   再说\n\n2. 二\n\n后文\n\n- 甲\n\n\n- 乙\n\n---\n\n> 引用\n\n> 另一处",
  "```js\nconst a = 1;\n\nconst b = 2;\n```\n\n~~~\n```\n\nx\n~~~\n\n完",
  "| a | b |\n|---|---|\n| 1 | 2 |\n\n## 标题\n\n- 一\n  ```\n  x\n\n  y\n  ```\n\n末",
  "```\n没有结束\n\n还在里面",
  "",
];

it.each(documents)("a text in pieces reads as the whole does, and pieces stay as it grows: %j", (text) => {
  for (let end = 0; end <= text.length; end++) {
    const part = text.slice(0, end);
    const pieces = piecesOf(part);
    expect(pieces.flatMap(blocksOf)).toEqual(blocksOf(part));
    expect(pieces.join("\n")).toBe(part);
    const settled = pieces.slice(0, -2);
    expect(piecesOf(text).slice(0, settled.length)).toEqual(settled);
  }
});

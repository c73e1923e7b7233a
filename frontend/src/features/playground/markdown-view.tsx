import { Fragment, memo, type ReactNode } from "react";
import { useText } from "@/text/i18n";
import { CopyButton } from "@/ui/copy-button";
import { type Block, blocksOf, type Inline, piecesOf } from "./markdown";

/** Markdown as elements. Nothing of it is ever read as HTML. */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  return (
    <div className="prose">
      {piecesOf(text).map((piece, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: pieces keep their places while a text grows
        <Piece key={index} text={piece} />
      ))}
    </div>
  );
});

// Only the piece that grows is read and drawn anew.
const Piece = memo(function Piece({ text }: { text: string }) {
  return blocksOf(text).map(block);
});

// The parts of one text keep their places, so that their index is their key.
function block(one: Block, index: number): ReactNode {
  switch (one.kind) {
    case "paragraph":
      return <p key={index}>{one.children.map(inline)}</p>;
    case "heading":
      // The first level is the page's own.
      return one.level <= 2 ? <h2 key={index}>{one.children.map(inline)}</h2> : <h3 key={index}>{one.children.map(inline)}</h3>;
    case "code":
      return <Code key={index} language={one.language} text={one.text} />;
    case "quote":
      return <blockquote key={index}>{one.blocks.map(block)}</blockquote>;
    case "list":
      return one.ordered ? (
        <ol key={index} start={one.start}>
          {one.items.map(item)}
        </ol>
      ) : (
        <ul key={index}>{one.items.map(item)}</ul>
      );
    case "table":
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard
        <div key={index} className="prose-table" tabIndex={0}>
          <table>
            <thead>
              <tr>{one.head.map((cell, at) => cellOf("th", cell, at))}</tr>
            </thead>
            <tbody>
              {one.rows.map((row, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows keep their places
                <tr key={at}>{row.map((cell, inner) => cellOf("td", cell, inner))}</tr>
              ))}
            </tbody>
          </table>
        </div>
      );
    case "rule":
      return <hr key={index} />;
  }
}

function cellOf(Tag: "th" | "td", cell: Inline[], index: number): ReactNode {
  return <Tag key={index}>{cell.map(inline)}</Tag>;
}

/** An item of one paragraph stands in its line without a paragraph's distance. */
function item(blocks: Block[], index: number): ReactNode {
  const [first, ...rest] = blocks;
  if (first?.kind !== "paragraph") return <li key={index}>{blocks.map(block)}</li>;
  return (
    <li key={index}>
      {first.children.map(inline)}
      {rest.map(block)}
    </li>
  );
}

function inline(one: Inline, index: number): ReactNode {
  switch (one.kind) {
    case "text":
      return <Fragment key={index}>{one.text}</Fragment>;
    case "code":
      return <code key={index}>{one.text}</code>;
    case "strong":
      return <strong key={index}>{one.children.map(inline)}</strong>;
    case "em":
      return <em key={index}>{one.children.map(inline)}</em>;
    case "del":
      return <del key={index}>{one.children.map(inline)}</del>;
    case "link":
      return (
        <a key={index} href={one.url} target="_blank" rel="noopener noreferrer nofollow" className="link">
          {one.children.map(inline)}
        </a>
      );
  }
}

function Code({ language, text }: { language: string; text: string }) {
  const { t } = useText();
  return (
    <figure className="prose-code">
      <figcaption>
        <span className="mono">{language}</span>
        <CopyButton text={text} label={t("action.copyCode")} small />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard */}
      <pre tabIndex={0}>{text}</pre>
    </figure>
  );
}

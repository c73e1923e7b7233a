import type { Browser, Page } from "playwright-core";

/** A line of text as it stands on the page. */
interface TextBox {
  text: string;
  colour: [number, number, number, number];
  /** Whether a contrast of 3 is enough: 24 px, or 18.66 px in bold. */
  large: boolean;
  x: number;
  y: number;
  width: number;
  height: number;
}

let decoder: Page | undefined;

/**
 * Text that does not stand out from what is really behind it, a line each: the text is made invisible, the screen is photographed, and
 * each text's colour is held against the darkest and the lightest patch under it. Disabled controls, and what lies under a dialog, are
 * left out, as WCAG does.
 */
export async function faintTexts(browser: Browser, page: Page): Promise<string[]> {
  const boxes = await page.evaluate(textBoxes);
  const hide = (on: boolean) =>
    page.evaluate((hidden) => {
      // A sheet of our own, because the content security policy forbids <style>.
      const kept = document.adoptedStyleSheets.filter((sheet) => !sheet.media.mediaText.includes("all, print"));
      const sheet = new CSSStyleSheet({ media: "all, print" });
      sheet.replaceSync(
        "*, ::before, ::after, ::placeholder { -webkit-text-fill-color: transparent !important; transition: none !important }",
      );
      document.adoptedStyleSheets = hidden ? [...kept, sheet] : kept;
    }, on);
  await hide(true);
  const picture = await page.screenshot();
  await hide(false);
  decoder ??= await browser.newPage();
  return decoder.evaluate(measure, { picture: picture.toString("base64"), boxes });
}

/** Runs in the page. */
function textBoxes(): TextBox[] {
  const layer = (element: Element | null) => element?.closest("[role=dialog], .over, .toasts, header");
  /** Whether a region that scrolls shows only a part of it, or nothing. */
  const cutOff = (element: Element, rect: DOMRect) => {
    for (let up = element.parentElement; up && up !== document.body; up = up.parentElement) {
      if (getComputedStyle(up).overflowY === "visible") continue;
      const { top, bottom } = up.getBoundingClientRect();
      if (rect.top < top || rect.bottom > bottom) return true;
    }
    return false;
  };
  /** From where to where what is too long for its place is shown. */
  const shownPart = (element: Element, rect: DOMRect) => {
    let { left, right } = rect;
    for (let up: Element | null = element; up && up !== document.body; up = up.parentElement) {
      if (getComputedStyle(up).overflowX === "visible") continue;
      const bounds = up.getBoundingClientRect();
      left = Math.max(left, bounds.left);
      right = Math.min(right, bounds.right);
    }
    return { left, right };
  };
  const boxes: TextBox[] = [];
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (colour: string): TextBox["colour"] => {
    if (!canvas) throw new Error("no canvas");
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r = 0, g = 0, b = 0, a = 0] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent?.trim();
    if (
      !element ||
      !text ||
      element.closest("script, style, .sr-only, [inert], [aria-hidden=true], :disabled, [aria-disabled=true], [data-disabled]")
    )
      continue;
    if (element.getBoundingClientRect().width <= 1) continue; // for screen readers alone
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const style = getComputedStyle(element);
    const size = Number.parseFloat(style.fontSize);
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      const { left, right } = shownPart(element, rect);
      const [x, y] = [(left + right) / 2, rect.y + rect.height / 2];
      if (right - left < 3 || rect.height < 3 || left < 0 || rect.y < 0 || right > innerWidth || rect.bottom > innerHeight) continue;
      if (cutOff(element, rect)) continue;
      if (layer(document.elementFromPoint(x, y)) !== layer(element)) continue;
      boxes.push({
        text: text.slice(0, 40),
        colour: rgba(style.color),
        large: size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700),
        x: left,
        y: rect.y,
        width: right - left,
        height: rect.height,
      });
    }
  }
  return boxes;
}

/** Runs in an empty page, which no policy keeps from reading pictures. */
async function measure({ picture, boxes }: { picture: string; boxes: TextBox[] }): Promise<string[]> {
  const bytes = Uint8Array.from(atob(picture), (char) => char.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
  if (!canvas) throw new Error("no canvas");
  canvas.drawImage(bitmap, 0, 0);
  const { data, width } = canvas.getImageData(0, 0, bitmap.width, bitmap.height);
  const linear = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const luminance = (r: number, g: number, b: number) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const step = 3;
  return boxes.flatMap((box) => {
    const behind: [luminance: number, r: number, g: number, b: number][] = [];
    for (let y = box.y + 1; y < box.y + box.height - 1; y += step) {
      for (let x = box.x + 1; x < box.x + box.width - 1; x += step) {
        const at = (Math.round(y) * width + Math.round(x)) * 4;
        const [r = 0, g = 0, b = 0] = data.subarray(at, at + 3);
        behind.push([luminance(r, g, b), r, g, b]);
      }
    }
    behind.sort((a, b) => a[0] - b[0]);
    const [red, green, blue, alpha] = box.colour;
    const ends = [behind[Math.floor(behind.length * 0.01)], behind[Math.floor(behind.length * 0.99)]];
    const contrasts = ends.map((end) => {
      if (!end) return 21;
      const [behindLuminance, r, g, b] = end;
      const mixed = luminance(red * alpha + r * (1 - alpha), green * alpha + g * (1 - alpha), blue * alpha + b * (1 - alpha));
      return (Math.max(mixed, behindLuminance) + 0.05) / (Math.min(mixed, behindLuminance) + 0.05);
    });
    const contrast = Math.min(...contrasts);
    return contrast < (box.large ? 3 : 4.5) ? [`${contrast.toFixed(2)}: ${box.text}`] : [];
  });
}

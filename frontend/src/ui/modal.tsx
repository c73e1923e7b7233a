import { type ComponentProps, type KeyboardEvent, type Ref, useImperativeHandle, useLayoutEffect, useRef } from "react";
import { createPortal } from "react-dom";
import { useOverlay } from "./overlay";

/** The open ones, the last on top. */
const stack: HTMLElement[] = [];

/** Takes all but the topmost out of reach for pointer, focus and screen reader; what is told at the page's corner stays within it. */
function coverOthers(): void {
  const top = stack.at(-1);
  const root = document.getElementById("root");
  for (const element of [...document.body.children, ...(root?.children ?? [])]) {
    if (element === root || element.matches(".toasts, script, style")) continue;
    element.toggleAttribute("inert", top !== undefined && !element.contains(top));
  }
}

interface ModalProps extends Omit<ComponentProps<"div">, "role" | "ref"> {
  ref?: Ref<HTMLDivElement>;
  /** By Escape; without it only what stands inside may close it. */
  onClose: (() => void) | undefined;
  /** Whether a press outside closes it as well. */
  light?: boolean;
  /** What stands around it, in the window. */
  around?: string;
}

/**
 * What covers the page until it is answered: it takes the focus, keeps it, and gives it back. Its caller names it (aria-label or
 * aria-labelledby). Its part with data-autofocus gets the focus, else the first that can.
 */
export function Modal({ onClose, light = false, around, onKeyDown, ref: handed, ...content }: ModalProps) {
  const ref = useRef<HTMLDivElement>(null);
  useImperativeHandle(handed, () => ref.current as HTMLDivElement);
  const close = useRef(onClose);
  close.current = onClose;
  useOverlay();
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const before = document.activeElement;
    stack.push(element);
    coverOthers();
    if (!element.contains(document.activeElement)) firstOf(element).focus({ preventScroll: true });
    return () => {
      stack.splice(stack.indexOf(element), 1);
      coverOthers();
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  useLayoutEffect(() => {
    const onTop = () => stack.at(-1) === ref.current;
    const onEscape = (event: globalThis.KeyboardEvent) => {
      if (event.key !== "Escape" || event.isComposing || event.defaultPrevented || !onTop()) return;
      event.preventDefault();
      close.current?.();
    };
    const onPress = ({ target }: PointerEvent) => {
      if (!onTop() || !(target instanceof Element) || ref.current?.contains(target) || target.closest(".toasts, .menu")) return;
      close.current?.();
    };
    document.addEventListener("keydown", onEscape);
    if (light) document.addEventListener("pointerdown", onPress);
    return () => {
      document.removeEventListener("keydown", onEscape);
      document.removeEventListener("pointerdown", onPress);
    };
  }, [light]);
  const goRound = (event: KeyboardEvent<HTMLDivElement>) => {
    onKeyDown?.(event);
    const element = ref.current;
    if (event.key !== "Tab" || event.defaultPrevented || !element) return;
    const all = tabbable(element);
    const [from, to] = event.shiftKey ? [all[0], all.at(-1)] : [all.at(-1), all[0]];
    if (from && document.activeElement !== from && document.activeElement !== element) return;
    event.preventDefault();
    to?.focus();
  };
  const modal = <div ref={ref} role="dialog" aria-modal="true" tabIndex={-1} {...content} onKeyDown={goRound} />;
  return createPortal(
    <>
      <div className="dialog-scrim" aria-hidden="true" />
      {around ? <div className={around}>{modal}</div> : modal}
    </>,
    document.body,
  );
}

function firstOf(element: HTMLElement): HTMLElement {
  const all = tabbable(element);
  return element.querySelector<HTMLElement>("[data-autofocus]") ?? all.find((one) => one.tagName !== "A") ?? all[0] ?? element;
}

const focusable = "a[href], button, input, select, textarea, summary, [tabindex]";

function tabbable(element: HTMLElement): HTMLElement[] {
  return [...element.querySelectorAll<HTMLElement>(focusable)].filter(
    (one) => one.tabIndex >= 0 && !one.matches(":disabled, [type=hidden]") && (one.checkVisibility?.() ?? true),
  );
}

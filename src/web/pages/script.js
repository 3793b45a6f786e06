// Comfort only: every page is whole without it. A switch between light and dark, and buttons that copy an address.
"use strict";
(() => {
  const root = document.documentElement;
  const keep = (name, value) => { try { localStorage.setItem(name, value); } catch { /* a browser that keeps nothing forgets it */ } };
  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const theme = kept("theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;

  const isDark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

  const copy = async (text) => {
    if (navigator.clipboard) {
      try { await navigator.clipboard.writeText(text); return true; } catch { /* not allowed: the older way */ }
    }
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "hidden";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  };

  addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("button.theme")) {
      const show = () => { button.textContent = isDark() ? button.dataset.light : button.dataset.dark; };
      button.addEventListener("click", () => {
        root.dataset.theme = isDark() ? "light" : "dark";
        keep("theme", root.dataset.theme);
        show();
      });
      show();
      button.hidden = false;
    }
    for (const button of document.querySelectorAll("button.copy")) {
      const words = button.textContent;
      button.addEventListener("click", async () => {
        button.textContent = (await copy(button.parentElement.querySelector("code").textContent)) ? button.dataset.done : button.dataset.failed;
        setTimeout(() => { button.textContent = words; }, 2000);
      });
      button.hidden = false;
    }
  });
})();

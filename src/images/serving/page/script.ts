/** Puts the live part anew every two seconds, while somebody looks at it; pages are whole without it. */
export const script = `
const part = document.getElementById("live");
const refresh = async () => {
  if (document.hidden) return;
  try {
    const answer = await fetch(part.dataset.source);
    if (!answer.ok) throw new Error(answer.statusText);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    part.replaceChildren(...fresh.body.childNodes);
  } catch (error) {
    console.warn("Cannot refresh:", error);
  }
};
setInterval(refresh, 2000);
`;

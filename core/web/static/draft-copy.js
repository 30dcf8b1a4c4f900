/* What is typed and not yet saved, kept on this device: a copy for each tab, of the person who typed it, a week at most.

   The note of one's own is delicate: it stays with its tab, and goes when the tab does. Storage may be refused: then the network is
   all there is. */

const PREFIX = "entretien:";
const APART = "private_note";
const WEEK = 7 * 24 * 3600 * 1000;
const ABANDONED = 60_000;

function guarded(deed) {
  try {
    return deed();
  } catch {
    return null;
  }
}

function tab() {
  const known = sessionStorage.getItem("tab");
  if (known) return known;
  const fresh = Math.random().toString(36).slice(2);
  sessionStorage.setItem("tab", fresh);
  return fresh;
}

/* A form's text without the delicate note, and the note. */
function split(text) {
  const data = new URLSearchParams(text);
  const note = data.get(APART);
  data.delete(APART);
  return [data.toString(), note];
}

function join(text, note) {
  const data = new URLSearchParams(text);
  data.delete(APART);
  if (note !== null && note !== undefined) data.set(APART, note);
  data.sort();
  return data.toString();
}

/* The copies of one file for one account. `present` is the delicate note as the page shows it, undefined where there is none. */
export function deviceCopy(account, file) {
  const family = `${PREFIX}${account}:${file}:`;
  const key = guarded(() => family + tab()) ?? family;

  function parsed(name) {
    return guarded(() => JSON.parse(localStorage.getItem(name)));
  }

  function sweep() {
    for (const name of Object.keys(localStorage)) {
      if (name.startsWith(PREFIX) && !(parsed(name)?.at > Date.now() - WEEK)) localStorage.removeItem(name);
    }
  }

  /* The copy of this tab; without one, the latest that another tab left behind, which becomes this tab's. */
  function adopt() {
    if (localStorage.getItem(key)) return;
    const left = Object.keys(localStorage)
      .filter((name) => name.startsWith(family) && parsed(name).at < Date.now() - ABANDONED)
      .sort((one, other) => parsed(other).at - parsed(one).at);
    if (!left.length) return;
    localStorage.setItem(key, localStorage.getItem(left[0]));
    localStorage.removeItem(left[0]);
  }

  return {
    read(present) {
      guarded(sweep);
      guarded(adopt);
      const kept = parsed(key);
      if (!kept) return null;
      const notes = guarded(() => JSON.parse(sessionStorage.getItem(key))) ?? { typed: present, base: present };
      return { ...kept, typed: join(kept.typed, notes.typed), base: join(kept.base, notes.base) };
    },
    write({ typed, base, revision }) {
      const [words, note] = split(typed);
      const [baseWords, baseNote] = split(base);
      guarded(() => localStorage.setItem(key, JSON.stringify({ typed: words, base: baseWords, revision, at: Date.now() })));
      guarded(() => sessionStorage.setItem(key, JSON.stringify({ typed: note, base: baseNote })));
    },
    drop() {
      guarded(() => localStorage.removeItem(key));
      guarded(() => sessionStorage.removeItem(key));
    },
  };
}

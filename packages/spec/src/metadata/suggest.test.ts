import fc from 'fast-check';
import { expect, test } from 'vitest';
import { suggest } from './index.js';

const keys = ['label', 'maxLength', 'required', 'reference', 'name', 'due_date'];

test.each([
  ['lable', 'label'],
  ['maxLenght', 'maxLength'],
  ['max_length', 'maxLength'],
  ['Required', 'required'],
  ['requird', 'required'],
  ['ref', 'reference'],
  ['reference_to', 'reference'],
  ['dueDate', 'due_date'],
  ['nmae', 'name'],
])('%s was meant to be %s', (name, meant) => {
  expect(suggest(name, keys)).toBe(meant);
});

test.each(['', 'x', 'na', 'colour', 'zzzzzz', 'a'.repeat(10_000)])('nothing is near %j', (name) => {
  expect(suggest(name, keys)).toBeUndefined();
});

test('the nearest one wins, whatever the order', () => {
  expect(suggest('contcat', ['contract', 'contact'])).toBe('contact');
  expect(suggest('contcat', ['contact', 'contract'])).toBe('contact');
});

test('a name is never suggested for itself', () => {
  expect(suggest('name', ['name'])).toBeUndefined();
});

test('one changed, lost, added or swapped letter is found', () => {
  const letter = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g');
  fc.assert(
    fc.property(
      fc.string({ unit: letter, minLength: 5, maxLength: 20 }),
      fc.nat(19),
      letter,
      fc.constantFrom('change', 'lose', 'add', 'swap'),
      (word, at, other, edit) => {
        const index = at % (word.length - 1);
        const [head, here, next] = [word.slice(0, index), word[index] ?? '', word[index + 1] ?? ''];
        const tail = word.slice(index + 1);
        const edits = {
          change: head + other + tail,
          lose: head + tail,
          add: head + other + here + tail,
          swap: head + next + here + tail.slice(1),
        };
        const typed = edits[edit];
        fc.pre(typed !== word);
        expect(suggest(typed, ['unrelated_thing_zzz', word])).toBe(word);
      },
    ),
  );
});

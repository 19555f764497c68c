#include "format/pickle.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"

enum { STACK_MAX = 1 << 16, MEMO_MAX = 1 << 17, POOL_MAX = 1 << 16, LISTS_MAX = 16 };

/* What the machine's values can be. Those that the two entries do not need are NOTHING: they are pushed and popped, and
 * that is all. */
enum type { NOTHING, MARK, INT, BYTES, TEXT, TUPLE, LIST, GLOBAL, DICT, ARRAY };
enum global { OTHER, RECONSTRUCT, ENCODE };

struct val {
	enum type type;
	union {
		int64_t i;                            /* INT, GLOBAL, LIST: its number */
		struct { const uint8_t *p; size_t n; }; /* BYTES, TEXT, TUPLE: n values from pool[at] */
	};
	size_t at;
};

/* A list, as far as it holds numbers 0..255; one that holds anything else is not `small`. */
struct list {
	uint8_t *item;
	size_t n, room;
	bool small;
};

/* Values, room for as many as were needed. */
struct store {
	struct val *v;
	size_t n, room;
};

struct machine {
	const uint8_t *p, *end;
	size_t size;
	const char *wrong;
	size_t memo_next, recoded;
	struct store stack, memo, pool;
	int lists;
	struct list list[LISTS_MAX];
	uint8_t *text[LISTS_MAX]; /* strings that had to be decoded */
	int texts;
	bool stopped;
	struct val labels, array; /* what we came for */
	int64_t rows, columns;
	const uint8_t *data;
};

static bool
fail(struct machine *m, const char *why)
{
	if (!m->wrong)
		m->wrong = why;
	return false;
}

/* n bytes of the program, little-endian. */
static uint64_t
number(struct machine *m, int n)
{
	uint64_t v = 0;

	if (m->end - m->p < n) {
		m->p = m->end;
		fail(m, "truncated");
		return 0;
	}
	for (int i = 0; i < n; i++)
		v |= (uint64_t)m->p[i] << (8 * i);
	m->p += n;
	return v;
}

/* Makes room for n values; those that are new are NOTHING. */
static void
reserve(struct store *s, size_t n)
{
	if (n <= s->room)
		return;
	size_t room = n > 2 * s->room ? n + 16 : 2 * s->room;
	s->v = xrealloc(s->v, room, sizeof *s->v);
	memset(s->v + s->room, 0, (room - s->room) * sizeof *s->v);
	s->room = room;
}

static void
push(struct machine *m, struct val v)
{
	if (m->stack.n == STACK_MAX) {
		fail(m, "stack deeper than CIFAR-10 needs");
		return;
	}
	reserve(&m->stack, m->stack.n + 1);
	m->stack.v[m->stack.n++] = v;
}

static struct val
pop(struct machine *m)
{
	if (m->stack.n)
		return m->stack.v[--m->stack.n];
	fail(m, "stack underflow");
	return (struct val){ .type = NOTHING };
}

static struct val *
top(struct machine *m)
{
	static struct val none;

	if (m->stack.n)
		return &m->stack.v[m->stack.n - 1];
	none = (struct val){ .type = NOTHING };
	fail(m, "stack underflow");
	return &none;
}

/* Takes everything above the last mark off the stack; the values stay where they were, *n of them. */
static struct val *
to_mark(struct machine *m, size_t *n)
{
	size_t i = m->stack.n;

	while (i && m->stack.v[i - 1].type != MARK)
		i--;
	*n = 0;
	if (!i) {
		fail(m, "mark missing");
		return NULL;
	}
	*n = m->stack.n - i;
	m->stack.n = i - 1;
	return &m->stack.v[i];
}

static void
push_int(struct machine *m, int64_t i)
{
	push(m, (struct val){ .type = INT, .i = i });
}

static void
push_string(struct machine *m, enum type type, uint64_t n)
{
	if (n > (size_t)(m->end - m->p)) {
		fail(m, "truncated");
		return;
	}
	push(m, (struct val){ .type = type, .p = m->p, .n = n });
	m->p += n;
}

/* ---- one function an opcode, named as in Python's pickletools ---- */

static void op_none(struct machine *m) { push(m, (struct val){ .type = NOTHING }); }
static void op_mark(struct machine *m) { push(m, (struct val){ .type = MARK }); }
static void op_pop(struct machine *m) { pop(m); }
static void op_stop(struct machine *m) { m->stopped = true; }
static void op_proto(struct machine *m) { number(m, 1); }
static void op_frame(struct machine *m) { number(m, 8); }
static void op_true(struct machine *m) { push_int(m, 1); }
static void op_false(struct machine *m) { push_int(m, 0); }
static void op_binint(struct machine *m) { push_int(m, (int32_t)number(m, 4)); }
static void op_binint1(struct machine *m) { push_int(m, (int64_t)number(m, 1)); }
static void op_binint2(struct machine *m) { push_int(m, (int64_t)number(m, 2)); }
static void op_short_bytes(struct machine *m) { push_string(m, BYTES, number(m, 1)); }
static void op_bytes(struct machine *m) { push_string(m, BYTES, number(m, 4)); }
static void op_bytes8(struct machine *m) { push_string(m, BYTES, number(m, 8)); }
static void op_short_text(struct machine *m) { push_string(m, TEXT, number(m, 1)); }
static void op_text(struct machine *m) { push_string(m, TEXT, number(m, 4)); }
static void op_text8(struct machine *m) { push_string(m, TEXT, number(m, 8)); }
static void op_dict(struct machine *m) { push(m, (struct val){ .type = DICT }); }

static void
op_list(struct machine *m)
{
	if (m->lists == LISTS_MAX) {
		fail(m, "more lists than CIFAR-10 has");
		return;
	}
	m->list[m->lists].small = true;
	push(m, (struct val){ .type = LIST, .i = m->lists++ });
}

static void
add(struct machine *m, const struct val *to, const struct val *v)
{
	if (to->type != LIST) {
		fail(m, "append to something that is not a list");
		return;
	}
	struct list *l = &m->list[to->i];
	if (v->type != INT || v->i < 0 || v->i > 255) {
		l->small = false;
		return;
	}
	if (l->n == l->room) {
		l->room = l->room ? 2 * l->room : 1024; /* an item is at least a byte of input, so this is bounded by it */
		l->item = xrealloc(l->item, l->room, 1);
	}
	l->item[l->n++] = (uint8_t)v->i;
}

static void
op_append(struct machine *m)
{
	struct val v = pop(m);

	add(m, top(m), &v);
}

static void
op_appends(struct machine *m)
{
	size_t n;
	const struct val *v = to_mark(m, &n);

	for (size_t i = 0; i < n; i++)
		add(m, top(m), &v[i]);
}

static bool
spells(const struct val *v, const char *s)
{
	return (v->type == BYTES || v->type == TEXT) && v->n == strlen(s) && !memcmp(v->p, s, v->n);
}

static void
set_item(struct machine *m, const struct val *key, const struct val *v)
{
	struct val *to = spells(key, "labels") ? &m->labels : spells(key, "data") ? &m->array : NULL;

	if (to && to->type != NOTHING)
		fail(m, "labels or data occur twice");
	else if (to)
		*to = *v;
}

static void
op_setitems(struct machine *m)
{
	size_t n;
	const struct val *v = to_mark(m, &n);

	if (top(m)->type != DICT || n % 2)
		fail(m, "not a dictionary of keys and values");
	for (size_t i = 0; i + 1 < n && !m->wrong; i += 2)
		set_item(m, &v[i], &v[i + 1]);
}

static void
op_setitem(struct machine *m)
{
	struct val v = pop(m), key = pop(m);

	if (top(m)->type != DICT)
		fail(m, "not a dictionary of keys and values");
	else
		set_item(m, &key, &v);
}

static void
push_tuple(struct machine *m, const struct val *v, size_t n)
{
	if (n > POOL_MAX - m->pool.n) {
		fail(m, "more tuples than CIFAR-10 has");
		return;
	}
	reserve(&m->pool, m->pool.n + n);
	if (n)
		memcpy(&m->pool.v[m->pool.n], v, n * sizeof *v);
	m->pool.n += n;
	push(m, (struct val){ .type = TUPLE, .n = n, .at = m->pool.n - n });
}

static void
tuple_of(struct machine *m, size_t n)
{
	if (m->stack.n < n) {
		fail(m, "stack underflow");
		return;
	}
	m->stack.n -= n;
	push_tuple(m, n ? &m->stack.v[m->stack.n] : NULL, n);
}

static void op_tuple0(struct machine *m) { tuple_of(m, 0); }
static void op_tuple1(struct machine *m) { tuple_of(m, 1); }
static void op_tuple2(struct machine *m) { tuple_of(m, 2); }
static void op_tuple3(struct machine *m) { tuple_of(m, 3); }

static void
op_tuple(struct machine *m)
{
	size_t n;
	const struct val *v = to_mark(m, &n);

	push_tuple(m, v, n);
}

/* LONG1: a length, then that many bytes, two's complement. Shapes never need more than 8. */
static void
op_long1(struct machine *m)
{
	int n = (int)number(m, 1);

	if (n > 8) {
		fail(m, "a number of more than 64 bits");
		return;
	}
	uint64_t v = number(m, n);
	if (n && n < 8 && v >> (8 * n - 1))
		v |= UINT64_MAX << (8 * n);
	push_int(m, (int64_t)v);
}

static void
remember(struct machine *m, uint64_t i)
{
	if (i >= MEMO_MAX) {
		fail(m, "more memos than CIFAR-10 needs");
		return;
	}
	reserve(&m->memo, i + 1);
	m->memo.v[i] = *top(m);
}

static void
recall(struct machine *m, uint64_t i)
{
	if (i < MEMO_MAX)
		push(m, i < m->memo.room ? m->memo.v[i] : (struct val){ .type = NOTHING });
	else
		fail(m, "unknown memo");
}

static void op_binput(struct machine *m) { remember(m, number(m, 1)); }
static void op_long_binput(struct machine *m) { remember(m, number(m, 4)); }
static void op_memoize(struct machine *m) { remember(m, m->memo_next++); }
static void op_binget(struct machine *m) { recall(m, number(m, 1)); }
static void op_long_binget(struct machine *m) { recall(m, number(m, 4)); }

static enum global
which(const struct val *module, const struct val *name)
{
	/* NumPy 2 calls its core _core */
	bool core = spells(module, "numpy.core.multiarray") || spells(module, "numpy._core.multiarray");

	if (core && spells(name, "_reconstruct"))
		return RECONSTRUCT;
	return spells(module, "_codecs") && spells(name, "encode") ? ENCODE : OTHER;
}

static struct val
line(struct machine *m)
{
	const uint8_t *nl = memchr(m->p, '\n', (size_t)(m->end - m->p));
	struct val v = { .type = TEXT, .p = m->p };

	if (!nl) {
		fail(m, "truncated");
		return v;
	}
	v.n = (size_t)(nl - m->p);
	m->p = nl + 1;
	return v;
}

static void
op_global(struct machine *m)
{
	struct val module = line(m), name = line(m);

	push(m, (struct val){ .type = GLOBAL, .i = which(&module, &name) });
}

static void
op_stack_global(struct machine *m)
{
	struct val name = pop(m), module = pop(m);

	push(m, (struct val){ .type = GLOBAL, .i = which(&module, &name) });
}

/* Protocol 2 has no bytes: Python 3 writes them as a text of code points 0..255, to be encoded as latin-1. Undo UTF-8. */
static void
encode(struct machine *m, const struct val *s)
{
	/* a text that is recalled again and again must not grow beyond the input */
	if (s->type != TEXT || m->texts == LISTS_MAX || s->n > m->size - m->recoded) {
		fail(m, "unexpected _codecs.encode");
		return;
	}
	m->recoded += s->n;
	uint8_t *out = m->text[m->texts++] = xcalloc(s->n, 1);
	size_t n = 0;
	for (size_t i = 0; i < s->n; i++) {
		uint8_t c = s->p[i];
		if (c >= 0x80) {
			if ((c != 0xc2 && c != 0xc3) || i + 1 == s->n || (s->p[i + 1] & 0xc0) != 0x80) {
				fail(m, "text that is not latin-1");
				return;
			}
			c = (uint8_t)((c & 3) << 6 | (s->p[++i] & 0x3f));
		}
		out[n++] = c;
	}
	push(m, (struct val){ .type = BYTES, .p = out, .n = n });
}

/* "Calls": only making an empty array and _codecs.encode mean something; dtype and the like make NOTHING. */
static void
op_reduce(struct machine *m)
{
	struct val args = pop(m), callable = pop(m);

	if (args.type != TUPLE || callable.type != GLOBAL)
		fail(m, "call of something that is not a function");
	else if (callable.i == RECONSTRUCT)
		push(m, (struct val){ .type = ARRAY });
	else if (callable.i == ENCODE && args.n >= 1)
		encode(m, &m->pool.v[args.at]);
	else
		push(m, (struct val){ .type = NOTHING });
}

/* State of an array: (version, shape, dtype, Fortran order?, bytes). */
static void
op_build(struct machine *m)
{
	struct val state = pop(m);

	if (top(m)->type != ARRAY)
		return;
	if (state.type != TUPLE || state.n != 5) {
		fail(m, "array of another kind than CIFAR-10's");
		return;
	}
	const struct val *v = &m->pool.v[state.at];
	const struct val *shape = &m->pool.v[v[1].type == TUPLE && v[1].n == 2 ? v[1].at : state.at];
	if (v[1].type != TUPLE || v[1].n != 2 || shape[0].type != INT || shape[1].type != INT || v[3].type != INT ||
	    v[3].i || v[4].type != BYTES || m->data)
		fail(m, "array of another kind than CIFAR-10's");
	else if (shape[0].i < 0 || shape[1].i < 0 || shape[0].i > INT32_MAX || shape[1].i > INT32_MAX ||
	         (uint64_t)(shape[0].i * shape[1].i) != v[4].n)
		fail(m, "array whose shape does not fit its bytes");
	else {
		m->rows = shape[0].i;
		m->columns = shape[1].i;
		m->data = v[4].p;
	}
}

static void (*const op[256])(struct machine *) = {
	[0x80] = op_proto, [0x95] = op_frame, ['.'] = op_stop, ['('] = op_mark, ['0'] = op_pop,
	['N'] = op_none, [0x88] = op_true, [0x89] = op_false,
	['J'] = op_binint, ['K'] = op_binint1, ['M'] = op_binint2, [0x8a] = op_long1,
	['U'] = op_short_bytes, ['T'] = op_bytes, ['C'] = op_short_bytes, ['B'] = op_bytes, [0x8e] = op_bytes8,
	[0x8c] = op_short_text, ['X'] = op_text, [0x8d] = op_text8,
	['}'] = op_dict, ['s'] = op_setitem, ['u'] = op_setitems,
	[']'] = op_list, ['a'] = op_append, ['e'] = op_appends,
	[')'] = op_tuple0, [0x85] = op_tuple1, [0x86] = op_tuple2, [0x87] = op_tuple3, ['t'] = op_tuple,
	['q'] = op_binput, ['r'] = op_long_binput, [0x94] = op_memoize, ['h'] = op_binget, ['j'] = op_long_binget,
	['c'] = op_global, [0x93] = op_stack_global, ['R'] = op_reduce, ['b'] = op_build,
};

static void
machine_free(struct machine *m)
{
	for (int i = 0; i < m->lists; i++)
		free(m->list[i].item);
	for (int i = 0; i < m->texts; i++)
		free(m->text[i]);
	free(m->stack.v);
	free(m->memo.v);
	free(m->pool.v);
	free(m);
}

static void
interpret(struct machine *m)
{
	while (!m->stopped && !m->wrong) {
		uint8_t code = (uint8_t)number(m, 1);
		if (m->wrong)
			return;
		if (op[code])
			op[code](m);
		else
			fail(m, "not a pickle, or one with operations that CIFAR-10's do not have");
	}
	if (m->wrong)
		return;
	if (m->labels.type != LIST || !m->list[m->labels.i].small)
		fail(m, "no list of small numbers called labels");
	else if (m->array.type != ARRAY || !m->data)
		fail(m, "no array called data");
}

const char *
pickle_batch(const uint8_t *p, size_t size, struct batch *b)
{
	struct machine *m = xcalloc(1, sizeof *m);

	m->p = p;
	m->end = p + size;
	m->size = size;
	interpret(m);
	const char *why = m->wrong;
	*b = (struct batch){ 0 };
	if (why) {
		machine_free(m);
		return why;
	}
	const struct list *l = &m->list[m->labels.i];
	*b = (struct batch){ .labels = l->item, .n_labels = l->n, .rows = m->rows, .columns = m->columns,
	                     .data = m->data, .memory = m };
	return NULL;
}

void
pickle_free(struct batch *b)
{
	if (b->memory)
		machine_free(b->memory);
	*b = (struct batch){ 0 };
}

#include "model/stages.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"

static const char MAP[] = "training", VALUE[] = "value", NATURE[] = "nature";

void
stages_add(struct meta *meta, const struct opt *opts)
{
	struct meta all, stage = { 0 };

	if (!meta_meta(meta, MAP, &all))
		all = (struct meta){ 0 };
	for (const struct opt *o = opts; o->name; o++) {
		struct meta one = { 0 };
		meta_set_text(&one, VALUE, opt_text(o));
		meta_set_text(&one, NATURE, o->nature);
		meta_set_meta(&stage, o->name, &one);
		meta_free(&one);
	}
	char *number = text("%d", all.n + 1);
	meta_set_meta(&all, number, &stage);
	meta_set_meta(meta, MAP, &all);
	free(number);
	meta_free(&stage);
	meta_free(&all);
}

typedef void each_fn(void *ctx, const char *stage, const char *option, const char *value, const char *nature);

static void
option_each(const struct meta *stage, const char *name, const char *option, each_fn *each, void *ctx)
{
	struct meta said;
	char *value, *nature;

	if (!meta_meta(stage, option, &said))
		return;
	if (meta_text(&said, VALUE, &value)) {
		nature = meta_text(&said, NATURE, &nature) ? nature : xstrdup("");
		each(ctx, name, option, value, nature);
		free(nature);
		free(value);
	}
	meta_free(&said);
}

void
stages_each(const struct meta *meta, each_fn *each, void *ctx)
{
	struct meta all, stage;

	if (!meta_meta(meta, MAP, &all))
		return;
	for (int i = 0; i < all.n; i++) {
		const char *name = all.entry[i].key;
		if (!meta_meta(&all, name, &stage))
			continue;
		for (int k = 0; k < stage.n; k++)
			option_each(&stage, name, stage.entry[k].key, each, ctx);
		meta_free(&stage);
	}
	meta_free(&all);
}

bool
stages_any(const struct meta *meta)
{
	return meta_find(meta, MAP) != NULL;
}

char *
stages_last(const struct meta *meta, const char *option)
{
	struct meta all = { 0 }, stage = { 0 }, said = { 0 };
	char *value = NULL;

	if (meta_meta(meta, MAP, &all) && all.n && meta_meta(&all, all.entry[all.n - 1].key, &stage) &&
	    meta_meta(&stage, option, &said) && !meta_text(&said, VALUE, &value))
		value = NULL;
	meta_free(&said);
	meta_free(&stage);
	meta_free(&all);
	return value;
}

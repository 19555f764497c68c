/* What is known of a trained model, as texts by name: its network, how it was trained and on what, and what it reached. */
#ifndef MODEL_FACTS_H
#define MODEL_FACTS_H

#include "base/names.h"

enum { FACT_ID = 8 }; /* digits of an id that people are shown */

struct fact {
	enum topic { OF_LAYER, OF_RUN, OF_RESULT } about;
	char *key, *value;
	char *rounded; /* for people; NULL: as it is */
};

struct facts {
	int n;
	struct fact *fact;
	struct names keys; /* of the facts, each once: the first counts */
};

/* Of the model at `path`, which is read as model_read does; id: so many digits of its id, too. What a model that was trained several
 * times says differently is put side by side: "0.1, 0.01". */
struct facts facts_read(const char *path, int id);
/* The first of a name counts. */
void facts_add(struct facts *r, struct fact c);
/* NULL: nothing is known of that name. */
struct fact *facts_find(const struct facts *r, const char *key);

#endif

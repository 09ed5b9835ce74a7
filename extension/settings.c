/*
 * Settings and index options.
 */
#include "lantern.h"

#include "access/reloptions.h"
#include "utils/guc.h"

#define LANTERN_SETTING_EF 0
#define LANTERN_SETTING_INIT_K 10
#define LANTERN_MAX_EF 2000
#define LANTERN_MAX_INIT_K 1000

static int	ef;
static int	init_k;

static relopt_kind lantern_option_kind;

static relopt_enum_elt_def lantern_quant_bits_values[] = {
	{"8", 8},
	{"16", 16},
	{"32", 32},
	{(const char *) NULL}
};

static relopt_enum_elt_def lantern_code_bits_values[] = {
	{"auto", LANTERN_CODE_BITS_AUTO},
	{"0", 0},
	{"1", 1},
	{"2", 2},
	{"4", 4},
	{(const char *) NULL}
};

static void
lantern_define_integer(const char *name, const char *description, const char *detail, int *variable, int boot, int min, int max)
{
	DefineCustomIntVariable(name, description, detail, variable, boot, min, max, PGC_USERSET, 0, NULL, NULL, NULL);
}

/*
 * Each setting has its older name too, for the same variable. Defining a setting assigns the variable: what was set by the
 * first name before the library was loaded, in a session or for a role, would be lost to the second's default.
 *
 * The prefix hnsw is not reserved, because pgvector has settings of that prefix.
 */
void
lantern_define_settings(void)
{
	static const char *const ef_names[] = {"lantern_hnsw.ef", "hnsw.ef"};
	static const char *const init_k_names[] = {"lantern_hnsw.init_k", "hnsw.init_k"};

	ef = LANTERN_SETTING_EF;
	init_k = LANTERN_SETTING_INIT_K;
	for (int i = 0; i < lengthof(ef_names); i++)
	{
		int			earlier_ef = ef;
		int			earlier_init_k = init_k;

		lantern_define_integer(ef_names[i], "Sets the number of candidates that a search keeps: more is slower and finds more.",
							   "0 means the index's own option ef.", &ef, LANTERN_SETTING_EF, 0, LANTERN_MAX_EF);
		lantern_define_integer(init_k_names[i], "Hints how many rows a scan is going to return.",
							   "Kept for compatibility: scans return as many rows as are asked for.",
							   &init_k, LANTERN_SETTING_INIT_K, 1, LANTERN_MAX_INIT_K);
		if (earlier_ef != LANTERN_SETTING_EF)
			ef = earlier_ef;
		if (earlier_init_k != LANTERN_SETTING_INIT_K)
			init_k = earlier_init_k;
	}
	MarkGUCPrefixReserved("lantern_hnsw");
}

int
lantern_ef_setting(void)
{
	return ef;
}

void
lantern_define_options(void)
{
	LOCKMODE	lock = AccessExclusiveLock;

	lantern_option_kind = add_reloption_kind();
	/* 0, outside the range, stands for an option that is not given. */
	add_int_reloption(lantern_option_kind, "dim", "Number of dimensions; that of the first row when not given", 0, 1, 8000, lock);
	add_int_reloption(lantern_option_kind, "m", "Neighbours of a node at each level, twice as many at level 0",
					  LANTERN_DEFAULT_M, 2, 128, lock);
	add_int_reloption(lantern_option_kind, "ef_construction", "Candidates kept by the search for a new node's neighbours",
					  LANTERN_DEFAULT_EF_CONSTRUCTION, 1, 2000, lock);
	add_int_reloption(lantern_option_kind, "ef", "Candidates kept by a search", LANTERN_DEFAULT_EF, 1, LANTERN_MAX_EF, ShareUpdateExclusiveLock);
	add_enum_reloption(lantern_option_kind, "quant_bits", "Bits per component of a stored vector", lantern_quant_bits_values,
					   LANTERN_DEFAULT_QUANT_BITS, "Valid values are \"8\", \"16\" and \"32\".", lock);
	add_enum_reloption(lantern_option_kind, "code_bits", "Bits per dimension of the codes of its neighbours that each node keeps, 0 for none",
					   lantern_code_bits_values, LANTERN_DEFAULT_CODE_BITS, "Valid values are \"auto\", \"0\", \"1\", \"2\" and \"4\".", lock);
	add_bool_reloption(lantern_option_kind, "external", "Lantern's indexing server, which is not supported", false, lock);
	add_bool_reloption(lantern_option_kind, "pq", "Lantern's product quantization, which is not supported", false, lock);
}

static void
lantern_refuse_option(bool given, const char *name, const char *hint)
{
	if (given)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("option \"%s\" is not supported", name),
				 errhint("%s", hint)));
}

/* amoptions */
bytea *
lantern_parse_options(Datum reloptions, bool validate)
{
	static const relopt_parse_elt elements[] = {
		{"dim", RELOPT_TYPE_INT, offsetof(LanternOptions, dim)},
		{"m", RELOPT_TYPE_INT, offsetof(LanternOptions, m)},
		{"ef_construction", RELOPT_TYPE_INT, offsetof(LanternOptions, ef_construction)},
		{"ef", RELOPT_TYPE_INT, offsetof(LanternOptions, ef)},
		{"quant_bits", RELOPT_TYPE_ENUM, offsetof(LanternOptions, quant_bits)},
		{"code_bits", RELOPT_TYPE_ENUM, offsetof(LanternOptions, code_bits)},
		{"external", RELOPT_TYPE_BOOL, offsetof(LanternOptions, external)},
		{"pq", RELOPT_TYPE_BOOL, offsetof(LanternOptions, pq)},
	};
	LanternOptions *options = build_reloptions(reloptions, validate, lantern_option_kind, sizeof(LanternOptions),
											   elements, lengthof(elements));

	if (options && validate)
	{
		lantern_refuse_option(options->external, "external",
							  "The server builds the index itself; raise maintenance_work_mem to keep the whole graph in memory.");
		lantern_refuse_option(options->pq, "pq", "Use quant_bits = 8 for the smallest index.");
	}
	return (bytea *) options;
}

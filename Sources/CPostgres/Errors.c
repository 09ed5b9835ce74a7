/*
 * The access method's errors: see LanternErrors.h.
 */
#include "LanternErrors.h"
#include "LanternPages.h"

void
lantern_error_no_dimensions(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("column does not have dimensions, please specify one"),
			 errhint("Create the index WITH (dim = N), or after the first row with a vector.")));
}

void
lantern_error_wrong_dimensions(int actual, int expected)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("Wrong number of dimensions: %d instead of %d expected", actual, expected)));
}

void
lantern_error_wrong_query_dimensions(LanternVectorType type, int actual, int expected)
{
	static const char *const names[] = {"real array", "integer array", "vector"};

	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("Expected %s with dimension %d, got %d", names[type], expected, actual)));
}

void
lantern_error_too_many_dimensions(int dimensions, int quant_bits, int m, int limit)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 quant_bits > 0
			 ? errmsg("vectors of %d dimensions do not fit a page with quant_bits %d and m %d", dimensions, quant_bits, m)
			 : errmsg("vectors of %d integers do not fit a page with m %d", dimensions, m),
			 errdetail("The limit with these options is %d dimensions.", limit),
			 quant_bits > 8
			 ? errhint("Create the index WITH (quant_bits = %d), or with a smaller m.", quant_bits / 2)
			 : errhint("Create the index WITH a smaller m.")));
}

void
lantern_error_not_finite(int component, float value)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("cannot index a vector that contains NaN or infinity"),
			 errdetail("Component %d is %s.", component, isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity")));
}

void
lantern_error_contains_null(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("array must not contain nulls")));
}

void
lantern_error_no_order(Relation index)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("index \"%s\" can only be scanned in the order of a distance", RelationGetRelationName(index))));
}

void
lantern_error_unsupported_metric(Relation index)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("index \"%s\" uses an operator class whose distance function is unknown", RelationGetRelationName(index)),
			 errhint("Use one of the operator classes that the extension lantern creates.")));
}

void
lantern_error_index_full(Relation index)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("index \"%s\" has reached its limit of 2^31 nodes", RelationGetRelationName(index)),
			 errhint("Partition the table.")));
}

void
lantern_error_not_empty(Relation index)
{
	ereport(ERROR,
			(errcode(ERRCODE_INDEX_CORRUPTED),
			 errmsg("index \"%s\" already contains data", RelationGetRelationName(index))));
}

void
lantern_error_corrupted_page(Relation index, BlockNumber block, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INDEX_CORRUPTED),
			 errmsg("index \"%s\" is corrupted: block %u %s", RelationGetRelationName(index), block, what),
			 errhint("Please REINDEX it.")));
}

void
lantern_error_corrupted_vertex(Relation index, uint32 vertex, int level, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INDEX_CORRUPTED),
			 errmsg("index \"%s\" is corrupted: vertex %u of level %d %s", RelationGetRelationName(index), vertex, level, what),
			 errhint("Please REINDEX it.")));
}

void
lantern_error_wrong_version(Relation index, uint32 version)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("index \"%s\" has format version %u, and this library reads version %d",
					RelationGetRelationName(index), version, LANTERN_FORMAT_VERSION),
			 errhint("Please REINDEX it.")));
}

void
lantern_notice_memory_needed(int64_t rows, int64_t needed_kilobytes)
{
	ereport(NOTICE,
			(errmsg("hnsw graph is not going to fit into maintenance_work_mem"),
			 errdetail("Building will take significantly more time. In memory the graph of about %lld tuples would take about %lld MB.",
					   (long long) rows, (long long) (needed_kilobytes + 1023) / 1024),
			 errhint("Increase maintenance_work_mem to speed up builds.")));
}

void
lantern_notice_memory(int64_t rows)
{
	ereport(NOTICE,
			(errmsg("hnsw graph no longer fits into maintenance_work_mem after %lld tuples", (long long) rows),
			 errdetail("Building will take significantly more time."),
			 errhint("Increase maintenance_work_mem to speed up builds.")));
}

/* The loss of relaxed programs and its gradient on one core of a CPU: what relaxed.py and gradient.py compute.

   A block of examples goes through the whole program, forward and backward, before the next one comes: so what lies
   between stays in the processor's second-level cache, and a step is one call instead of hundreds. LANES examples are
   one vector (the vector extension of GCC, which clang has too).

   A "row" is a variable's value (or a number, a hidden unit, a label) at every place: `places` vectors, of which
   [position * width + w] holds the block's examples from w * LANES on. `places` is odd, one vector more than needed
   where that would be even: rows a power of two of bytes apart would share few sets of the cache. That vector is 0 in
   every variable, like padded positions and examples beyond the batch, and so takes no part in anything. */

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* LANES: floats in a register; GCC is many times slower with vectors of several. ACROSS: vectors of a tile, so that all
   sums stay in registers. */
#if defined __AVX512F__
#define LANES 16
#define ACROSS 4
#elif defined __AVX__
#define LANES 8
#define ACROSS 2
#elif defined __aarch64__
#define LANES 4
#define ACROSS 4
#else
#define LANES 4
#define ACROSS 2
#endif
#define INLINE static inline __attribute__((always_inline))
#define MOST ((1 << 15) / LANES) /* vectors that products of two variables' values may take at a time: 128 KiB */

typedef float vec __attribute__((vector_size(4 * LANES), may_alias));
typedef float four __attribute__((vector_size(16)));
typedef int32_t ivec __attribute__((vector_size(4 * LANES), may_alias));

/* The parameters of a layer, in the order of native.PARTS. */
enum { QUERY, KEY, VALUE, NUMBER, PREDICATE, READ, TABLE, NUM_READ, NUM_IN, NUM_BIAS, NUM_OUT, NUM_OUT_BIAS, PARTS };
/* After those of all layers. */
enum { EMBEDDING, READOUT, READOUT_NUMBERS };

typedef struct {
    /* The program's parts (shape.py). */
    int64_t layers, cat, num, mlps, nmlps, d, hidden, embeddings, place_of_positions, given, given_numbers;
    int64_t words, labels, pooled, causal;
    double cap;
    /* The batch (relaxed.Batch), and how many vectors of examples make a block. */
    int64_t positions, size, width;
    const int64_t *tokens, *answers;
    const float *one_hot, *here, *mask, *categories, *numbers;
    const int32_t *keys; /* [rank, query]: the key that the query prefers at that rank, -1 where it may not see it */
    /* The parameters. */
    int64_t restarts, parameters;
    const int64_t *offsets; /* where each begins: [layer, part], then the last three */
    const float *choices;   /* [restart, parameter] */
    float *gradient;        /* [restart, parameter], 0 at the start */
    double *loss;           /* [restart], 0 at the start */
    double temperature, weight;
    vec *scratch; /* 0 at the start */
} Step;

/* What a layer computes forward, and some room for the way back. */
typedef struct {
    vec *reads, *wanted, *matches, *left, *weights, *numbers, *sums, *answers, *inputs, *points;
} Layer;

typedef struct {
    const Step *s;
    int64_t n, width, places, variables, counts, sums;
    const float *choices;
    float *gradient;
    vec *stream, *pulled, *numbers, *pulled_numbers, *mask, *scores, *reads, *pairs, *other, *third, *units;
    ivec *answers;
    Layer *layers;
} Block;

/* ---- Vectors ---- */

INLINE vec zero(void) { return (vec){0}; }

INLINE vec choose(ivec where, vec yes, vec no) { return (vec)((where & (ivec)yes) | (~where & (ivec)no)); }

INLINE vec larger(vec a, vec b) { return choose(a > b, a, b); }

INLINE float total(vec a)
{
    union {
        vec whole;
        four parts[LANES / 4];
    } sums = {a}; /* with memcpy GCC would keep `a` in memory */
    for (int half = LANES / 8; half; half /= 2)
        for (int i = 0; i < half; i++)
            sums.parts[i] += sums.parts[i + half];
    four left = sums.parts[0];
    return (left[0] + left[2]) + (left[1] + left[3]);
}

/* exp by reducing the range to [-ln 2 / 2, ln 2 / 2] and a polynomial there; relative error 2e-7. Not for x > 88. What
   is not a number stays so: a restart that diverges is found by its loss. */
INLINE vec exponential(vec x)
{
    vec least = zero() - 87.0f, known = larger(x, least);
    x = choose(x < least, least, x);
    ivec power = __builtin_convertvector(known * 1.44269504f + choose(x > 0, zero() + 0.5f, zero() - 0.5f), ivec);
    vec whole = __builtin_convertvector(power, vec);
    vec rest = x - whole * 0.693359375f + whole * 2.12194440e-4f;
    vec value = 1.0f / 5040 * rest + 1.0f / 720;
    value = value * rest + 1.0f / 120;
    value = value * rest + 1.0f / 24;
    value = value * rest + 1.0f / 6;
    value = value * rest + 0.5f;
    value = (value * rest + 1.0f) * rest + 1.0f;
    return value * (vec)((power + 127) << 23);
}

/* ---- Products ---- */

INLINE void tile(int rows, int across, int64_t terms, const float *w, int64_t row_step, int64_t term_step,
                 const vec *x, int64_t x_step, vec *out, int64_t out_step, int add)
{
    vec sum[4][4];
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < across; j++)
            sum[i][j] = add ? out[i * out_step + j] : zero();
#pragma GCC unroll 4
    for (int64_t k = 0; k < terms; k++)
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < across; j++)
                sum[i][j] += w[i * row_step + k * term_step] * x[k * x_step + j];
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < across; j++)
            out[i * out_step + j] = sum[i][j];
}

/* out[i, p] (+)= sum over k of w[i, k] x[k, p]: `rows` by `length`. */
static void product(int64_t rows, int64_t terms, int64_t length, const float *w, int64_t row_step, int64_t term_step,
                    const vec *x, int64_t x_step, vec *out, int64_t out_step, int add)
{
    int64_t p = 0;
    for (; p + ACROSS <= length; p += ACROSS) {
        int64_t i = 0;
        for (; i + 4 <= rows; i += 4)
            tile(4, ACROSS, terms, w + i * row_step, row_step, term_step, x + p, x_step, out + i * out_step + p,
                 out_step, add);
        for (; i < rows; i++)
            tile(1, ACROSS, terms, w + i * row_step, row_step, term_step, x + p, x_step, out + i * out_step + p,
                 out_step, add);
    }
    for (; p < length; p++) {
        int64_t i = 0;
        for (; i + 4 <= rows; i += 4)
            tile(4, 1, terms, w + i * row_step, row_step, term_step, x + p, x_step, out + i * out_step + p, out_step,
                 add);
        for (; i < rows; i++)
            tile(1, 1, terms, w + i * row_step, row_step, term_step, x + p, x_step, out + i * out_step + p, out_step,
                 add);
    }
}

INLINE void dots(int rows, int columns, int64_t length, const vec *a, int64_t a_step, const vec *b, int64_t b_step,
                 float *out, int64_t row_step, int64_t column_step)
{
    vec sum[4][4];
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            sum[i][j] = zero();
#pragma GCC unroll 4
    for (int64_t p = 0; p < length; p++)
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                sum[i][j] += a[i * a_step + p] * b[j * b_step + p];
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            out[i * row_step + j * column_step] += total(sum[i][j]);
}

/* out[i, j] += sum over p of a[i, p] b[j, p]: the gradient of weights. */
static void weights(int64_t rows, int64_t columns, int64_t length, const vec *a, int64_t a_step, const vec *b,
                    int64_t b_step, float *out, int64_t row_step, int64_t column_step)
{
    int64_t i = 0;
    for (; i + ACROSS <= rows; i += ACROSS) {
        int64_t j = 0;
        for (; j + 4 <= columns; j += 4)
            dots(ACROSS, 4, length, a + i * a_step, a_step, b + j * b_step, b_step,
                 out + i * row_step + j * column_step, row_step, column_step);
        for (; j < columns; j++)
            dots(ACROSS, 1, length, a + i * a_step, a_step, b + j * b_step, b_step,
                 out + i * row_step + j * column_step, row_step, column_step);
    }
    for (; i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            dots(1, 1, length, a + i * a_step, a_step, b + j * b_step, b_step, out + i * row_step + j * column_step,
                 row_step, column_step);
}

INLINE void pairs(int rows, int columns, int64_t terms, const vec *a, int64_t a_row, int64_t a_term, const vec *b,
                  int64_t b_column, int64_t b_term, vec *out, int64_t out_row, int64_t out_column)
{
    vec sum[4][4];
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            sum[i][j] = zero();
#pragma GCC unroll 4
    for (int64_t k = 0; k < terms; k++)
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                sum[i][j] += a[i * a_row + k * a_term] * b[j * b_column + k * b_term];
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            out[i * out_row + j * out_column] = sum[i][j];
}

/* out[i, j] = sum over k of a[i, k] b[j, k], each of them a vector: what differs from example to example. */
static void mixed(int64_t rows, int64_t columns, int64_t terms, const vec *a, int64_t a_row, int64_t a_term,
                  const vec *b, int64_t b_column, int64_t b_term, vec *out, int64_t out_row, int64_t out_column)
{
    int64_t i = 0;
    for (; i + 2 <= rows; i += 2) {
        int64_t j = 0;
        for (; j + ACROSS <= columns; j += ACROSS)
            pairs(2, ACROSS, terms, a + i * a_row, a_row, a_term, b + j * b_column, b_column, b_term,
                  out + i * out_row + j * out_column, out_row, out_column);
        for (; j < columns; j++)
            pairs(2, 1, terms, a + i * a_row, a_row, a_term, b + j * b_column, b_column, b_term,
                  out + i * out_row + j * out_column, out_row, out_column);
    }
    for (; i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            pairs(1, 1, terms, a + i * a_row, a_row, a_term, b + j * b_column, b_column, b_term,
                  out + i * out_row + j * out_column, out_row, out_column);
}

/* ---- Where things lie ---- */

static const float *chosen(const Block *b, int64_t layer, int part)
{
    return b->choices + b->s->offsets[layer * PARTS + part];
}

static float *pulled(const Block *b, int64_t layer, int part)
{
    return b->gradient + b->s->offsets[layer * PARTS + part];
}

static int64_t variables_before(const Step *s, int64_t layer)
{
    return s->place_of_positions + 1 + s->given + layer * (s->cat + s->mlps + s->nmlps);
}

static int64_t counts_before(const Step *s, int64_t layer) { return 1 + s->given_numbers + layer * s->num; }

static vec *take(vec *scratch, int64_t *used, int64_t vectors)
{
    vec *start = scratch ? scratch + *used : NULL;
    *used += vectors;
    return start;
}

/* Lay out a block's room. Returns the vectors it takes; without scratch it only counts. */
static int64_t lay_out(Block *b, const Step *s, Layer *layers, vec *scratch)
{
    int64_t used = 0, d = s->d, heads = s->cat + s->num, n = s->positions;
    b->s = s;
    b->n = n;
    b->width = s->width;
    b->places = ((n ? n : 1) * s->width) | 1; /* a label of a text without tokens has a place too */
    b->variables = variables_before(s, s->layers);
    b->counts = counts_before(s, s->layers);
    b->sums = s->causal ? b->places : s->width;
    b->layers = layers;
    int64_t row = b->places, variable = d * row, square = n * n * s->width, tables = 2 * s->mlps;
    b->stream = take(scratch, &used, b->variables * variable);
    b->pulled = take(scratch, &used, b->variables * variable);
    b->numbers = take(scratch, &used, b->counts * row);
    b->pulled_numbers = take(scratch, &used, b->counts * row);
    b->mask = take(scratch, &used, row);
    b->answers = (ivec *)take(scratch, &used, row);
    b->scores = take(scratch, &used, s->labels * row);
    int64_t reads = (2 * heads + s->cat > tables ? 2 * heads + s->cat : tables) * variable;
    b->reads = take(scratch, &used, reads > 2 * s->nmlps * row ? reads : 2 * s->nmlps * row);
    int64_t most = MOST > variable ? MOST + variable : 2 * variable;
    b->pairs = take(scratch, &used, most > square ? most : square);
    b->other = take(scratch, &used, most > s->num * row ? most : s->num * row);
    b->third = take(scratch, &used, variable > 4 * row ? variable : 4 * row);
    b->units = take(scratch, &used, 2 * s->hidden * row);
    for (int64_t l = 0; l < s->layers; l++) {
        Layer of = {
            .reads = take(scratch, &used, (2 * heads + s->cat) * variable),
            .wanted = take(scratch, &used, s->cat * variable),
            .matches = take(scratch, &used, s->cat * square),
            .left = take(scratch, &used, s->cat * square),
            .weights = take(scratch, &used, s->cat * square),
            .numbers = take(scratch, &used, s->num * row),
            .sums = take(scratch, &used, s->num * d * b->sums),
            .answers = take(scratch, &used, s->num * d * b->sums),
            .inputs = take(scratch, &used, tables * variable),
            .points = take(scratch, &used, s->nmlps * 2 * row),
        };
        if (layers)
            layers[l] = of;
    }
    return used;
}

/* ---- Inputs ---- */

/* The block's examples of one row of a tensor that has the batch as its last dimension. */
static void load(const Block *b, const float *from, int64_t first, vec *to)
{
    int64_t size = b->s->size, here = b->width * LANES;
    int64_t count = size - first < here ? size - first : here;
    for (int64_t i = 0; i < b->n; i++) {
        float *row = (float *)(to + i * b->width);
        memcpy(row, from + i * size + first, count * sizeof(float));
        memset(row + count, 0, (here - count) * sizeof(float));
    }
}

static void load_inputs(const Block *b, int64_t first)
{
    const Step *s = b->s;
    int64_t d = s->d, n = b->n, places = b->places, stride = n * s->size;
    load(b, s->mask, first, b->mask);
    for (int64_t v = 0; v < d; v++) {
        load(b, s->here + v * stride, first, b->stream + (s->place_of_positions * d + v) * places);
        if (!s->embeddings)
            load(b, s->one_hot + v * stride, first, b->stream + v * places);
        for (int64_t g = 0; g < s->given; g++)
            load(b, s->categories + (g * d + v) * stride, first,
                 b->stream + ((s->place_of_positions + 1 + g) * d + v) * places);
    }
    memcpy(b->numbers, b->mask, places * sizeof(vec));
    for (int64_t g = 0; g < s->given_numbers; g++)
        load(b, s->numbers + g * stride, first, b->numbers + (1 + g) * places);
    int64_t rows = s->pooled ? 1 : n;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t e = 0; e < b->width * LANES; e++)
            ((int32_t *)(b->answers + i * b->width))[e] =
                first + e < s->size ? (int32_t)s->answers[i * s->size + first + e] : -1;
}

/* Word classes: `forward` looks them up, else their gradient is added up. */
static void embed(const Block *b, int64_t first, int forward)
{
    const Step *s = b->s;
    int64_t at = s->offsets[s->layers * PARTS + EMBEDDING];
    int64_t count = s->size - first < b->width * LANES ? s->size - first : b->width * LANES;
    for (int64_t e = 0; e < s->embeddings; e++)
        for (int64_t i = 0; i < b->n; i++)
            for (int64_t x = 0; x < b->width * LANES; x++) {
                int there = x < count && ((const float *)(b->mask + i * b->width))[x] > 0;
                if (!forward && !there)
                    continue;
                int64_t word = there ? s->tokens[i * s->size + first + x] : 0;
                int64_t row = at + (e * s->words + word) * s->d;
                int64_t place = (e * s->d * b->places + i * b->width) * LANES + x;
                for (int64_t v = 0; v < s->d; v++, place += b->places * LANES)
                    if (forward)
                        ((float *)b->stream)[place] = there ? b->choices[row + v] : 0;
                    else
                        b->gradient[row + v] += ((const float *)b->pulled)[place];
            }
}

/* ---- Heads ---- */

/* Attend to the nearest match (attention.closest_pattern), one query and vector of examples at a time. */
static void closest(const Block *b, const vec *matches, vec *left, vec *pattern)
{
    int64_t n = b->n, width = b->width;
    memset(pattern, 0, n * n * width * sizeof(vec));
    for (int64_t i = 0; i < n; i++)
        for (int64_t w = 0; w < width; w++) {
            vec rest = zero() + 1.0f;
            for (int64_t t = 0; t < n; t++) {
                int64_t key = b->s->keys[t * n + i];
                if (key < 0)
                    continue;
                int64_t at = (i * n + key) * width + w;
                left[at] = rest;
                pattern[at] = rest * matches[at];
                rest -= pattern[at];
            }
            pattern[i * n * width + w] += rest; /* the fall-back is position 0 */
        }
}

/* From the gradient of the pattern to that of the matches, in place (attention.closest_backward). */
static void closest_back(const Block *b, const vec *matches, const vec *left, vec *to)
{
    int64_t n = b->n, width = b->width;
    for (int64_t i = 0; i < n; i++)
        for (int64_t w = 0; w < width; w++) {
            vec to_rest = to[i * n * width + w];
            for (int64_t t = n - 1; t >= 0; t--) {
                int64_t key = b->s->keys[t * n + i];
                if (key < 0)
                    continue;
                int64_t at = (i * n + key) * width + w;
                vec through = to[at] - to_rest;
                to_rest += matches[at] * through;
                to[at] = through * left[at];
            }
            for (int64_t key = i + 1; b->s->causal && key < n; key++)
                to[(i * n + key) * width + w] = zero();
        }
}

static void heads_forward(const Block *b, int64_t l)
{
    const Step *s = b->s;
    const Layer *at = b->layers + l;
    int64_t d = s->d, n = b->n, width = b->width, places = b->places, variable = d * places;
    int64_t heads = s->cat + s->num, before = variables_before(s, l), square = n * n * width;
    product(heads, before, variable, chosen(b, l, QUERY), before, 1, b->stream, variable, at->reads, variable, 0);
    product(heads, before, variable, chosen(b, l, KEY), before, 1, b->stream, variable, at->reads + heads * variable,
            variable, 0);
    if (s->cat)
        product(s->cat, before, variable, chosen(b, l, VALUE), before, 1, b->stream, variable,
                at->reads + 2 * heads * variable, variable, 0);
    for (int64_t h = 0; h < s->cat; h++) {
        const vec *queries = at->reads + h * variable, *keys = queries + heads * variable;
        const vec *values = at->reads + (2 * heads + h) * variable;
        vec *wanted = at->wanted + h * variable, *out = b->stream + (before + h) * variable;
        vec *matches = at->matches + h * square, *pattern = at->weights + h * square;
        product(d, d, places, chosen(b, l, PREDICATE) + h * d * d, 1, d, queries, places, wanted, places, 0);
        for (int64_t w = 0; w < width; w++)
            mixed(n, n, d, wanted + w, width, places, keys + w, width, places, matches + w, n * width, width);
        closest(b, matches, at->left + h * square, pattern);
        for (int64_t w = 0; w < width; w++)
            mixed(n, d, n, pattern + w, n * width, width, values + w, places, width, out + w, width, places);
        for (int64_t v = 0; v < d; v++)
            for (int64_t p = 0; p < places; p++)
                out[v * places + p] *= b->mask[p];
    }
    int64_t counts = counts_before(s, l), sums = b->sums;
    if (s->num)
        product(s->num, counts, places, chosen(b, l, NUMBER), counts, 1, b->numbers, places, at->numbers, places, 0);
    for (int64_t h = 0; h < s->num; h++) {
        const vec *queries = at->reads + (s->cat + h) * variable, *keys = queries + heads * variable;
        const vec *numbers = at->numbers + h * places;
        vec *sum = at->sums + h * d * sums, *answers = at->answers + h * d * sums;
        for (int64_t v = 0; v < d; v++)
            for (int64_t w = 0; w < width; w++) {
                vec rest = zero();
                for (int64_t j = 0; j < n; j++) {
                    rest += keys[v * places + j * width + w] * numbers[j * width + w];
                    if (s->causal)
                        sum[v * sums + j * width + w] = rest;
                }
                if (!s->causal)
                    sum[v * sums + w] = rest;
            }
        product(d, d, sums, chosen(b, l, PREDICATE) + (s->cat + h) * d * d, d, 1, sum, sums, answers, sums, 0);
        vec *out = b->numbers + (counts + h) * places;
        for (int64_t i = 0; i < n; i++)
            for (int64_t w = 0; w < width; w++) {
                vec found = zero();
                for (int64_t v = 0; v < d; v++)
                    found += queries[v * places + i * width + w] *
                             answers[v * sums + (s->causal ? i * width : 0) + w];
                out[i * width + w] = found;
            }
    }
}

/* A variable's vectors beyond the last position. */
static void clear_rest(const Block *b, vec *variable)
{
    for (int64_t v = 0; v < b->s->d; v++)
        for (int64_t p = b->n * b->width; p < b->places; p++)
            variable[v * b->places + p] = zero();
}

static void heads_backward(const Block *b, int64_t l)
{
    const Step *s = b->s;
    const Layer *at = b->layers + l;
    int64_t d = s->d, n = b->n, width = b->width, places = b->places, variable = d * places;
    int64_t heads = s->cat + s->num, before = variables_before(s, l), square = n * n * width;
    int64_t counts = counts_before(s, l), sums = b->sums;
    vec *to_matches = b->pairs, *to_wanted = b->third;
    for (int64_t h = 0; h < s->cat; h++) {
        const vec *queries = at->reads + h * variable, *keys = queries + heads * variable;
        const vec *values = at->reads + (2 * heads + h) * variable;
        const vec *wanted = at->wanted + h * variable, *pattern = at->weights + h * square;
        const float *predicate = chosen(b, l, PREDICATE) + h * d * d;
        vec *to_out = b->pulled + (before + h) * variable, *to_queries = b->reads + h * variable;
        vec *to_keys = to_queries + heads * variable, *to_values = b->reads + (2 * heads + h) * variable;
        for (int64_t v = 0; v < d; v++)
            for (int64_t p = 0; p < places; p++)
                to_out[v * places + p] *= b->mask[p];
        for (int64_t w = 0; w < width; w++) {
            mixed(n, d, n, pattern + w, width, n * width, to_out + w, places, width, to_values + w, width, places);
            mixed(n, n, d, to_out + w, width, places, values + w, width, places, to_matches + w, n * width, width);
        }
        closest_back(b, at->matches + h * square, at->left + h * square, to_matches);
        for (int64_t w = 0; w < width; w++) {
            mixed(n, d, n, to_matches + w, n * width, width, keys + w, places, width, to_wanted + w, width, places);
            mixed(n, d, n, to_matches + w, width, n * width, wanted + w, places, width, to_keys + w, width, places);
        }
        clear_rest(b, to_wanted);
        clear_rest(b, to_keys);
        clear_rest(b, to_values);
        product(d, d, places, predicate, d, 1, to_wanted, places, to_queries, places, 0);
        weights(d, d, places, queries, places, to_wanted, places, pulled(b, l, PREDICATE) + h * d * d, d, 1);
    }
    vec *to_numbers = b->other;
    for (int64_t h = 0; h < s->num; h++) {
        const vec *queries = at->reads + (s->cat + h) * variable, *keys = queries + heads * variable;
        const vec *numbers = at->numbers + h * places, *sum = at->sums + h * d * sums;
        const vec *answers = at->answers + h * d * sums, *to_out = b->pulled_numbers + (counts + h) * places;
        const float *predicate = chosen(b, l, PREDICATE) + (s->cat + h) * d * d;
        vec *to_queries = b->reads + (s->cat + h) * variable, *to_keys = to_queries + heads * variable;
        vec *to_answers = b->pairs, *to_sums = b->third, *to_number = to_numbers + h * places;
        for (int64_t v = 0; v < d; v++)
            for (int64_t w = 0; w < width; w++) {
                vec rest = zero();
                for (int64_t i = 0; i < n; i++) {
                    int64_t p = v * places + i * width + w, a = v * sums + (s->causal ? i * width : 0) + w;
                    vec above = to_out[i * width + w];
                    to_queries[p] = above * answers[a];
                    if (s->causal)
                        to_answers[a] = queries[p] * above;
                    else
                        rest += queries[p] * above;
                }
                if (!s->causal)
                    to_answers[v * sums + w] = rest;
            }
        if (s->causal)
            clear_rest(b, to_answers);
        product(d, d, sums, predicate, 1, d, to_answers, sums, to_sums, sums, 0);
        weights(d, d, sums, to_answers, sums, sum, sums, pulled(b, l, PREDICATE) + (s->cat + h) * d * d, d, 1);
        memset(to_number, 0, places * sizeof(vec));
        for (int64_t v = 0; v < d; v++)
            for (int64_t w = 0; w < width; w++) {
                vec rest = s->causal ? zero() : to_sums[v * sums + w];
                for (int64_t j = n - 1; j >= 0; j--) {
                    int64_t p = v * places + j * width + w;
                    if (s->causal)
                        rest += to_sums[v * sums + j * width + w];
                    to_keys[p] = rest * numbers[j * width + w];
                    to_number[j * width + w] += rest * keys[p];
                }
            }
        clear_rest(b, to_queries);
        clear_rest(b, to_keys);
    }
    if (s->num) {
        weights(s->num, counts, places, to_numbers, places, b->numbers, places, pulled(b, l, NUMBER), counts, 1);
        if (l > 0)
            product(counts, s->num, places, chosen(b, l, NUMBER), 1, counts, to_numbers, places, b->pulled_numbers,
                    places, 1);
    }
    weights(heads, before, variable, b->reads, variable, b->stream, variable, pulled(b, l, QUERY), before, 1);
    weights(heads, before, variable, b->reads + heads * variable, variable, b->stream, variable, pulled(b, l, KEY),
            before, 1);
    if (s->cat)
        weights(s->cat, before, variable, b->reads + 2 * heads * variable, variable, b->stream, variable,
                pulled(b, l, VALUE), before, 1);
    if (l == 0 && !s->embeddings)
        return; /* nobody needs the gradient of the program's inputs */
    product(before, heads, variable, chosen(b, l, QUERY), 1, before, b->reads, variable, b->pulled, variable, 1);
    product(before, heads, variable, chosen(b, l, KEY), 1, before, b->reads + heads * variable, variable, b->pulled,
            variable, 1);
    if (s->cat)
        product(before, s->cat, variable, chosen(b, l, VALUE), 1, before, b->reads + 2 * heads * variable, variable,
                b->pulled, variable, 1);
}

/* ---- MLPs ---- */

/* How many of the left variable's values are multiplied by all of the right one's at a time. */
static int64_t at_a_time(const Block *b)
{
    int64_t fit = MOST / (b->s->d * b->places);
    return fit < 1 ? 1 : fit > b->s->d ? b->s->d : fit;
}

static void multiply(const Block *b, int64_t lefts, const vec *left, const vec *right, vec *out)
{
    int64_t d = b->s->d, places = b->places;
    for (int64_t i = 0; i < lefts; i++)
        for (int64_t v = 0; v < d; v++)
            for (int64_t p = 0; p < places; p++)
                out[(i * d + v) * places + p] = left[i * places + p] * right[v * places + p];
}

static void tables_forward(const Block *b, int64_t l)
{
    const Step *s = b->s;
    int64_t d = s->d, places = b->places, variable = d * places, some = at_a_time(b);
    int64_t first = variables_before(s, l) + s->cat;
    vec *inputs = b->layers[l].inputs;
    product(2 * s->mlps, first, variable, chosen(b, l, READ), first, 1, b->stream, variable, inputs, variable, 0);
    for (int64_t m = 0; m < s->mlps; m++) {
        const vec *left = inputs + 2 * m * variable, *right = left + variable;
        const float *table = chosen(b, l, TABLE) + m * d * d * d;
        vec *out = b->stream + (first + m) * variable;
        for (int64_t i = 0; i < d; i += some) {
            int64_t now = d - i < some ? d - i : some;
            multiply(b, now, left + i * places, right, b->pairs);
            product(d, now * d, places, table + i * d * d, 1, d, b->pairs, places, out, places, i > 0);
        }
    }
}

static void tables_backward(const Block *b, int64_t l)
{
    const Step *s = b->s;
    int64_t d = s->d, places = b->places, variable = d * places, some = at_a_time(b);
    int64_t first = variables_before(s, l) + s->cat;
    const vec *inputs = b->layers[l].inputs;
    for (int64_t m = 0; m < s->mlps; m++) {
        const vec *left = inputs + 2 * m * variable, *right = left + variable;
        const vec *above = b->pulled + (first + m) * variable;
        const float *table = chosen(b, l, TABLE) + m * d * d * d;
        float *to_table = pulled(b, l, TABLE) + m * d * d * d;
        vec *to_left = b->reads + 2 * m * variable, *to_right = to_left + variable;
        memset(to_right, 0, variable * sizeof(vec));
        for (int64_t i = 0; i < d; i += some) {
            int64_t now = d - i < some ? d - i : some;
            multiply(b, now, left + i * places, right, b->pairs);
            weights(now * d, d, places, b->pairs, places, above, places, to_table + i * d * d, d, 1);
            product(now * d, d, places, table + i * d * d, d, 1, above, places, b->other, places, 0);
            for (int64_t a = 0; a < now; a++)
                for (int64_t p = 0; p < places; p++) {
                    vec sum = zero(), one = left[(i + a) * places + p];
                    for (int64_t v = 0; v < d; v++) {
                        vec to = b->other[(a * d + v) * places + p];
                        sum += to * right[v * places + p];
                        to_right[v * places + p] += to * one;
                    }
                    to_left[(i + a) * places + p] = sum;
                }
        }
    }
    weights(2 * s->mlps, first, variable, b->reads, variable, b->stream, variable, pulled(b, l, READ), first, 1);
    product(first, 2 * s->mlps, variable, chosen(b, l, READ), 1, first, b->reads, variable, b->pulled, variable, 1);
}

/* What a numerical MLP reads, numbers above the cap as the cap, and its hidden units. */
static void hidden(const Block *b, int64_t l, int64_t m, vec *capped)
{
    int64_t width = b->s->hidden, places = b->places;
    const float *in = chosen(b, l, NUM_IN) + m * width * 2, *bias = chosen(b, l, NUM_BIAS) + m * width;
    const vec *points = b->layers[l].points + 2 * m * places;
    vec cap = zero() + (float)b->s->cap;
    for (int64_t p = 0; p < 2 * places; p++)
        capped[p] = choose(points[p] > cap, cap, points[p]);
    for (int64_t u = 0; u < width; u++)
        for (int64_t p = 0; p < places; p++) {
            vec unit = in[2 * u] * capped[p] + in[2 * u + 1] * capped[places + p] + bias[u];
            b->units[u * places + p] = choose(unit < 0, zero(), unit); /* not a number stays so */
        }
}

static void networks_forward(const Block *b, int64_t l)
{
    const Step *s = b->s;
    int64_t d = s->d, places = b->places, counts = counts_before(s, l) + s->num;
    int64_t first = variables_before(s, l) + s->cat + s->mlps;
    vec *points = b->layers[l].points;
    float cool = (float)(1 / s->temperature);
    product(2 * s->nmlps, counts, places, chosen(b, l, NUM_READ), counts, 1, b->numbers, places, points, places, 0);
    for (int64_t m = 0; m < s->nmlps; m++) {
        const float *bias = chosen(b, l, NUM_OUT_BIAS) + m * d;
        vec *out = b->stream + (first + m) * d * places;
        hidden(b, l, m, b->third);
        product(d, s->hidden, places, chosen(b, l, NUM_OUT) + m * d * s->hidden, s->hidden, 1, b->units, places, out,
                places, 0);
        for (int64_t p = 0; p < places; p++) {
            vec most = (out[p] + bias[0]) * cool, sum = zero();
            for (int64_t v = 0; v < d; v++)
                most = larger(most, out[v * places + p] = (out[v * places + p] + bias[v]) * cool);
            for (int64_t v = 0; v < d; v++)
                sum += out[v * places + p] = exponential(out[v * places + p] - most);
            sum = b->mask[p] / sum;
            for (int64_t v = 0; v < d; v++)
                out[v * places + p] *= sum;
        }
    }
}

static void networks_backward(const Block *b, int64_t l)
{
    const Step *s = b->s;
    int64_t d = s->d, places = b->places, width = s->hidden, counts = counts_before(s, l) + s->num;
    int64_t first = variables_before(s, l) + s->cat + s->mlps;
    const vec *points = b->layers[l].points;
    vec *capped = b->third, *to_units = b->units + width * places, *to_points = b->reads;
    float cool = (float)(1 / s->temperature);
    for (int64_t m = 0; m < s->nmlps; m++) {
        const vec *out = b->stream + (first + m) * d * places;
        vec *to_out = b->pulled + (first + m) * d * places;
        const float *last = chosen(b, l, NUM_OUT) + m * d * width;
        hidden(b, l, m, capped);
        for (int64_t p = 0; p < places; p++) { /* through the softmax; padding is 0 in what it gave */
            vec sum = zero();
            for (int64_t v = 0; v < d; v++)
                sum += to_out[v * places + p] * out[v * places + p];
            for (int64_t v = 0; v < d; v++)
                to_out[v * places + p] = (to_out[v * places + p] - sum) * out[v * places + p] * cool;
        }
        for (int64_t v = 0; v < d; v++) {
            vec sum = zero();
            for (int64_t p = 0; p < places; p++)
                sum += to_out[v * places + p];
            pulled(b, l, NUM_OUT_BIAS)[m * d + v] += total(sum);
        }
        weights(d, width, places, to_out, places, b->units, places, pulled(b, l, NUM_OUT) + m * d * width, width, 1);
        product(width, d, places, last, 1, width, to_out, places, to_units, places, 0);
        for (int64_t u = 0; u < width; u++) {
            vec sum = zero();
            for (int64_t p = u * places; p < (u + 1) * places; p++)
                sum += to_units[p] = choose(b->units[p] > 0, to_units[p], zero());
            pulled(b, l, NUM_BIAS)[m * width + u] += total(sum);
        }
        weights(width, 2, places, to_units, places, capped, places, pulled(b, l, NUM_IN) + m * width * 2, 2, 1);
        product(2, width, places, chosen(b, l, NUM_IN) + m * width * 2, 1, 2, to_units, places,
                to_points + 2 * m * places, places, 0);
        for (int64_t p = 2 * m * places; p < 2 * (m + 1) * places; p++)
            to_points[p] = choose(points[p] > zero() + (float)s->cap, zero(), to_points[p]);
    }
    weights(2 * s->nmlps, counts, places, to_points, places, b->numbers, places, pulled(b, l, NUM_READ), counts, 1);
    product(counts, 2 * s->nmlps, places, chosen(b, l, NUM_READ), 1, counts, to_points, places, b->pulled_numbers,
            places, 1);
}

/* ---- The read-out ---- */

/* Scores to the cross-entropy's gradient, in place, for one label of each example: `rows` scores at `scores`. */
static double cross_entropy(const Block *b, vec *scores, ivec answers)
{
    int64_t labels = b->s->labels, places = b->places;
    vec most = scores[0], sum = zero(), given = zero(), weight = choose(answers >= 0, zero() + 1.0f, zero());
    for (int64_t k = 1; k < labels; k++)
        most = larger(most, scores[k * places]);
    for (int64_t k = 0; k < labels; k++) {
        vec above = scores[k * places] - most;
        given += choose(answers == (int32_t)k, above, zero());
        sum += scores[k * places] = exponential(above);
    }
    weight *= (float)b->s->weight;
    for (int64_t k = 0; k < labels; k++)
        scores[k * places] =
            weight * (scores[k * places] / sum - choose(answers == (int32_t)k, zero() + 1.0f, zero()));
    double loss = 0;
    for (int e = 0; e < LANES; e++)
        if (weight[e] > 0)
            loss += weight[e] * (logf(sum[e]) - given[e]);
    return loss;
}

static double read_out(const Block *b)
{
    const Step *s = b->s;
    const int64_t *at = s->offsets + s->layers * PARTS;
    int64_t features = b->variables * s->d, places = b->places, width = b->width;
    const float *read = b->choices + at[READOUT], *count = b->choices + at[READOUT_NUMBERS];
    float *to_read = b->gradient + at[READOUT], *to_count = b->gradient + at[READOUT_NUMBERS];
    double loss = 0;
    product(s->labels, features, places, read, features, 1, b->stream, places, b->scores, places, 0);
    product(s->labels, b->counts, places, count, b->counts, 1, b->numbers, places, b->scores, places, 1);
    for (int64_t w = 0; w < width; w++) {
        for (int64_t k = 0; s->pooled && k < s->labels; k++)
            for (int64_t i = 1; i < b->n; i++)
                b->scores[k * places + w] += b->scores[k * places + i * width + w];
        for (int64_t i = 0; i < (s->pooled ? 1 : b->n); i++)
            loss += cross_entropy(b, b->scores + i * width + w, b->answers[i * width + w]);
        for (int64_t k = 0; s->pooled && k < s->labels; k++)
            for (int64_t i = 1; i < b->n; i++)
                b->scores[k * places + i * width + w] = b->scores[k * places + w];
    }
    weights(s->labels, features, places, b->scores, places, b->stream, places, to_read, features, 1);
    weights(s->labels, b->counts, places, b->scores, places, b->numbers, places, to_count, b->counts, 1);
    product(features, s->labels, places, read, 1, features, b->scores, places, b->pulled, places, 0);
    product(b->counts, s->labels, places, count, 1, b->counts, b->scores, places, b->pulled_numbers, places, 0);
    return loss;
}

/* ---- A step ---- */

static double block(const Block *b, int64_t first)
{
    const Step *s = b->s;
    load_inputs(b, first);
    embed(b, first, 1);
    for (int64_t l = 0; l < s->layers; l++) {
        if (s->cat + s->num)
            heads_forward(b, l);
        if (s->mlps)
            tables_forward(b, l);
        if (s->nmlps)
            networks_forward(b, l);
    }
    double loss = read_out(b);
    for (int64_t l = s->layers - 1; l >= 0; l--) {
        if (s->nmlps)
            networks_backward(b, l);
        if (s->mlps)
            tables_backward(b, l);
        if (s->cat + s->num)
            heads_backward(b, l);
    }
    embed(b, first, 0);
    return loss;
}

const int64_t readhead_lanes = LANES;

/* How many bytes of scratch a step needs. */
int64_t readhead_room(const Step *s)
{
    Block b;
    return lay_out(&b, s, NULL, NULL) * (int64_t)sizeof(vec);
}

/* Adds every restart's loss and gradient. */
void readhead_step(const Step *s)
{
    Layer layers[s->layers + 1];
    Block b;
    lay_out(&b, s, layers, s->scratch);
    for (int64_t restart = 0; restart < s->restarts; restart++) {
        b.choices = s->choices + restart * s->parameters;
        b.gradient = s->gradient + restart * s->parameters;
        for (int64_t first = 0; first < s->size; first += s->width * LANES)
            s->loss[restart] += block(&b, first);
    }
}

/* microflow inspect --svg: the memory map as a picture that stands alone.
 *
 * Time goes across, a column a layer, between what is there before the first
 * and after the last; addresses go up, the state memory above the arena.  A box
 * is a buffer: as wide as it lives, as high as its bytes.  Boxes overlap only
 * where a result overwrites an input. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "inspect.h"

enum {
    LEFT = 100,   /* pixels: room for addresses */
    RIGHT = 20,   /* beside the plot */
    TOP = 46,     /* for the title */
    BOTTOM = 130, /* for the layers' names */
    HEIGHT = 400, /* of the plot */
    WIDTH = 900,  /* about, of the plot */
    LETTER = 6,   /* width of one, about */
    LINE = 13,    /* height of a line of text */
    COLOURS = 8
};

struct picture {
    FILE *file;
    const mf_model *model;
    mf_memory_info memory;
    int32_t layers;
    int column;   /* width, pixels */
    size_t bytes; /* of arena and state, 1 or more */
    bool ok;      /* memory was not out */
};

static int plot_width(const struct picture *picture) {
    return (picture->layers + 2) * picture->column;
}

static int column_x(const struct picture *picture, int32_t layer) {
    return LEFT + (layer + 1) * picture->column;
}

/* Not rounded to pixels: boxes of few bytes stay apart. */
static double address_y(const struct picture *picture, size_t address) {
    return TOP + HEIGHT * (1.0 - (double)address / (double)picture->bytes);
}

/* --- text --- */

/* At most `most` characters of a name, the rest of it as an ellipsis. */
static void put_name(struct picture *picture, const char *name, size_t most) {
    char *text = utf8_text(name[0] ? name : "(no name)");
    size_t length = 0, shown = 0;
    picture->ok = picture->ok && text;
    for (const char *c = text; c && *c; c++) {
        length += ((unsigned char)*c & 0xc0) != 0x80;
    }
    for (const char *c = text; c && *c; c++) {
        shown += ((unsigned char)*c & 0xc0) != 0x80;
        if (length > most && shown >= most) {
            fputs("\xe2\x80\xa6", picture->file);
            break;
        }
        switch (*c) {
        case '<':
            fputs("&lt;", picture->file);
            break;
        case '>':
            fputs("&gt;", picture->file);
            break;
        case '&':
            fputs("&amp;", picture->file);
            break;
        default:
            /* XML has no characters for most of those. */
            putc((unsigned char)*c < 0x20 ? ' ' : *c, picture->file);
        }
    }
    free(text);
}

static void put_head(struct picture *picture) {
    static const char style[] =
        "<style>\n"
        ":root { color-scheme: light dark; }\n"
        "text { font: 11px system-ui, sans-serif; fill: #222; }\n"
        ".title { font-size: 14px; }\n"
        ".small { font-size: 10px; }\n"
        ".paper { fill: #fff; }\n"
        ".plot { fill: none; stroke: #888; }\n"
        ".line { stroke: #888; stroke-width: .5; stroke-dasharray: 2 3; }\n"
        ".region { stroke: #444; stroke-width: 1.5; }\n"
        ".stream { fill: #888; fill-opacity: .16; }\n"
        ".box { stroke: #444; stroke-width: .7; fill-opacity: .6; }\n"
        ".c0 { fill: #5b9bd5; } .c1 { fill: #ed9b4f; }\n"
        ".c2 { fill: #70ad64; } .c3 { fill: #c678b8; }\n"
        ".c4 { fill: #d9b53f; } .c5 { fill: #5bb8b0; }\n"
        ".c6 { fill: #e07a7a; } .c7 { fill: #8f88d8; }\n"
        "@media (prefers-color-scheme: dark) {\n"
        "text { fill: #e6e6e6; } .paper { fill: #16191d; }\n"
        ".box, .region { stroke: #ccc; }\n"
        "}\n"
        "</style>\n";
    const int width = LEFT + plot_width(picture) + RIGHT;
    const int height = TOP + HEIGHT + BOTTOM;
    fprintf(picture->file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
            "height=\"%d\" viewBox=\"0 0 %d %d\">\n%s"
            "<rect class=\"paper\" width=\"100%%\" height=\"100%%\"/>\n"
            "<text class=\"title\" x=\"%d\" y=\"18\">arena: %zu bytes",
            width, height, width, height, style, LEFT,
            picture->memory.arena_size);
    if (picture->memory.state_size > 0) {
        fprintf(picture->file, ", state above it: %zu bytes",
                picture->memory.state_size);
    }
    fputs("</text>\n", picture->file);
}

/* --- the frame --- */

static void put_tick(const struct picture *picture, size_t address) {
    const double y = address_y(picture, address);
    fprintf(picture->file,
            "<line class=\"line\" x1=\"%d\" x2=\"%d\" y1=\"%.3f\" y2=\"%.3f\"/>"
            "<text x=\"%d\" y=\"%.3f\" text-anchor=\"end\">%zu</text>\n",
            LEFT, LEFT + plot_width(picture), y, y, LEFT - 6, y + 4, address);
}

/* Where a region of the arena starts, and what it is called. */
static void put_regions(const struct picture *picture) {
    for (size_t i = 0; i < mf_model_region_count(picture->model); i++) {
        const mf_region_info region = mf_model_region(picture->model, i);
        const double y = address_y(picture, region.start);
        fprintf(picture->file,
                "<line class=\"region\" x1=\"%d\" x2=\"%d\" y1=\"%.3f\" "
                "y2=\"%.3f\"/><text class=\"small\" x=\"%d\" y=\"%.3f\" "
                "text-anchor=\"end\">%s: %zu bytes</text>\n",
                LEFT, LEFT + plot_width(picture), y, y,
                LEFT + plot_width(picture) - 4, y - 4, region.name,
                region.size);
    }
}

/* Round addresses, and where the arena and the state end. */
static void put_ticks(const struct picture *picture) {
    const size_t arena = picture->memory.arena_size;
    size_t step = 1;
    for (int i = 0; picture->bytes / step > 8; i++) {
        step = i % 3 == 1 ? step / 2 * 5 : step * 2;
    }
    /* A line's height, in bytes. */
    const size_t near = picture->bytes / (HEIGHT / LINE) + 1;
    for (size_t at = 0; at + near <= picture->bytes; at += step) {
        if (at + near <= arena || at >= arena + near) {
            put_tick(picture, at);
        }
    }
    put_tick(picture, arena);
    if (picture->memory.state_size > near) {
        put_tick(picture, picture->bytes);
    }
    fprintf(picture->file,
            "<rect class=\"plot\" x=\"%d\" y=\"%d\" width=\"%d\" "
            "height=\"%d\"/>\n",
            LEFT, TOP, plot_width(picture), HEIGHT);
}

static void put_column(const struct picture *picture, int32_t layer,
                       const char *name) {
    const int x = column_x(picture, layer) + picture->column / 2;
    const int y = TOP + HEIGHT + LINE;
    fprintf(picture->file,
            "<text class=\"small\" text-anchor=\"end\" "
            "transform=\"translate(%d %d) rotate(-50)\">%s",
            x, y, name);
    if (layer >= 0 && layer < picture->layers) {
        fprintf(picture->file, " %" PRId32, layer);
    }
    fputs("</text>\n", picture->file);
}

static void put_columns(const struct picture *picture) {
    put_column(picture, -1, "before");
    for (int32_t i = 0; i < picture->layers; i++) {
        put_column(picture, i, mf_model_layer(picture->model, (size_t)i).op);
    }
    put_column(picture, picture->layers, "after");
}

/* A stream's layers are one column: what they make lives through all of them.
 */
static void put_streams(const struct picture *picture) {
    for (size_t i = 0; i < mf_model_stream_count(picture->model); i++) {
        const mf_stream_info stream = mf_model_stream(picture->model, i);
        const int x = column_x(picture, stream.first);
        const int width = (stream.last - stream.first + 1) * picture->column;
        fprintf(picture->file,
                "<rect class=\"stream\" x=\"%d\" y=\"%d\" width=\"%d\" "
                "height=\"%d\"><title>stream %zu: layers %" PRId32
                " to %" PRId32 ", row by row%s</title></rect>\n",
                x + 1, TOP - LINE - 3, width - 2, HEIGHT + LINE + 3, i,
                stream.first, stream.last, stream.is_pushed ? ", pushed" : "");
        if (width >= 10 * LETTER) {
            fprintf(picture->file,
                    "<text class=\"small\" x=\"%d\" y=\"%d\" "
                    "text-anchor=\"middle\">stream %zu</text>\n",
                    x + width / 2, TOP - 5, i);
        }
    }
}

/* --- boxes --- */

struct box {
    int x, width;
    double y, height;
};

static struct box box_of(const struct picture *picture,
                         const mf_buffer_info *buffer) {
    const size_t offset =
        buffer->offset + (buffer->is_state ? picture->memory.arena_size : 0);
    const double y = address_y(picture, offset + buffer->size);
    return (struct box){.x = column_x(picture, buffer->first),
                        .width = (buffer->last - buffer->first + 1) *
                                 picture->column,
                        .y = y,
                        .height = address_y(picture, offset) - y};
}

static void put_title(struct picture *picture, const mf_buffer_info *buffer) {
    fputs("<title>", picture->file);
    put_name(picture, buffer->tensor, SIZE_MAX);
    if (buffer->region >= 0) {
        const mf_region_info region =
            mf_model_region(picture->model, (size_t)buffer->region);
        fprintf(picture->file, ": %zu bytes at %s+%zu", buffer->size,
                region.name, buffer->offset - region.start);
    } else {
        fprintf(picture->file, ": %zu bytes at %s%zu", buffer->size,
                buffer->is_state ? "state+" : "", buffer->offset);
    }
    if (buffer->held < buffer->rows * buffer->columns) {
        fprintf(picture->file,
                ", %" PRId32 " of %" PRId32 " x %" PRId32 " pixels",
                buffer->held, buffer->rows, buffer->columns);
    }
    fputs("</title>", picture->file);
}

/* In the upper left corner, where boxes that overwrite each other differ. */
static void put_label(struct picture *picture, size_t i) {
    const mf_buffer_info buffer = mf_model_buffer(picture->model, i);
    const struct box box = box_of(picture, &buffer);
    if (box.height < LINE || box.width < 5 * LETTER) {
        return;
    }
    fprintf(picture->file,
            "<text class=\"small\" pointer-events=\"none\" x=\"%d\" "
            "y=\"%.3f\">",
            box.x + 3, box.y + LINE - 2);
    put_name(picture, buffer.tensor, (size_t)(box.width / LETTER));
    fputs("</text>\n", picture->file);
    if (box.height >= 2 * LINE) {
        fprintf(picture->file,
                "<text class=\"small\" pointer-events=\"none\" x=\"%d\" "
                "y=\"%.3f\">%zu</text>\n",
                box.x + 3, box.y + 2 * LINE - 2, buffer.size);
    }
}

static void put_box(struct picture *picture, size_t i) {
    const mf_buffer_info buffer = mf_model_buffer(picture->model, i);
    const struct box box = box_of(picture, &buffer);
    fprintf(picture->file,
            "<rect class=\"box c%zu\" id=\"buffer-%zu\" x=\"%d\" y=\"%.3f\" "
            "width=\"%d\" height=\"%.3f\">",
            i % COLOURS, i, box.x, box.y, box.width, box.height);
    put_title(picture, &buffer);
    fputs("</rect>\n", picture->file);
}

static bool put_picture(FILE *file, const mf_model *model) {
    const mf_memory_info memory = mf_model_memory(model);
    const size_t bytes = memory.arena_size + memory.state_size;
    struct picture picture = {.file = file,
                              .model = model,
                              .memory = memory,
                              .layers = (int32_t)mf_model_layer_count(model),
                              .bytes = bytes > 0 ? bytes : 1,
                              .ok = true};
    const int column = WIDTH / (picture.layers + 2);
    picture.column = column < 16 ? 16 : column > 90 ? 90 : column;
    put_head(&picture);
    put_streams(&picture);
    put_ticks(&picture);
    for (size_t i = 0; i < mf_model_buffer_count(model); i++) {
        put_box(&picture, i);
    }
    for (size_t i = 0; i < mf_model_buffer_count(model); i++) {
        put_label(&picture, i);
    }
    put_regions(&picture);
    put_columns(&picture);
    fputs("</svg>\n", file);
    if (!picture.ok) {
        complain("memory map", "out of memory");
    }
    return picture.ok;
}

bool write_memory_svg(const mf_model *model, const char *path) {
    if (strcmp(path, "-") == 0) {
        return put_picture(stdout, model);
    }
    FILE *file = output_open(path);
    return file && put_picture(file, model) && output_commit();
}

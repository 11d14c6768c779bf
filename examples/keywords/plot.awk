# Plots what stream.c prints, "TIME s SCORE...", of 255 each: as text, the
# greatest of every tenth of a second, or, with -v svg=1, as an SVG picture.
# `labels` names the scores; the first is not plotted.
BEGIN {
    words = split(labels, label, " ")
    color[2] = "#1f77b4"; color[3] = "#d62728"; color[4] = "#2ca02c"
    color[5] = "#9467bd"; color[6] = "#8c564b"
    width = 720; height = 160; left = 40; top = 30; bar = 16
}
{
    steps++
    time[steps] = $1
    for (i = 2; i <= words; i++) score[i, steps] = $(i + 2)
}
function print_text(    i, k, s, now, most) {
    printf "\n   time "
    for (i = 2; i <= words; i++) printf "  %-" bar "s", label[i]
    print ""
    for (s = 5; s <= steps; s += 5) {
        printf "%5.2f s ", time[s]
        for (i = 2; i <= words; i++) {
            most = 0
            for (k = s - 4; k <= s; k++)
                if (score[i, k] + 0 > most) most = score[i, k] + 0
            printf " |"
            for (k = 1; k <= bar; k++)
                printf "%s", (k * 255 <= most * bar) ? "#" : " "
        }
        print ""
    }
}
function x_of(s) { return left + width * s / steps }
function y_of(p) { return top + height * (1 - p / 255) }
function print_svg(    i, s, t) {
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" " \
        "font-family=\"sans-serif\" font-size=\"12\">\n", \
        width + left + 20, height + top + 40
    print "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>"
    for (i = 0; i <= 2; i++)
        printf "<path d=\"M%d %.1fh%d\" stroke=\"#ddd\"/>" \
            "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n", \
            left, y_of(i * 127.5), width, left - 6, y_of(i * 127.5) + 4, i / 2
    for (t = 0; t <= time[steps]; t++)
        printf "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d s</text>\n", \
            x_of(steps * t / time[steps]), top + height + 18, t
    for (i = 2; i <= words; i++) {
        printf "<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" d=\"", \
            color[i]
        for (s = 1; s <= steps; s++)
            printf "%s%.1f %.1f", s == 1 ? "M" : "L", x_of(s), y_of(score[i, s])
        print "\"/>"
        printf "<text x=\"%d\" y=\"18\" fill=\"%s\">%s</text>\n", \
            left + 60 * (i - 2), color[i], label[i]
    }
    print "</svg>"
}
END {
    if (svg) print_svg()
    else print_text()
}

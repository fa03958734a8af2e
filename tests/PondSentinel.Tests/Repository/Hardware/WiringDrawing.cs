using System.Globalization;
using System.Security;
using System.Text;

namespace PondSentinel.Tests.Repository.Hardware;

/// <summary>Draws a <see cref="Wiring"/> as SVG. All is on a grid; wires run between the columns, one track for each joint, so that no two
/// of them lie on each other.</summary>
internal sealed class WiringDrawing
{
    private const int Grid = 20;
    private const int BlockWidth = 250;
    private const int Track = 10;
    private const int Margin = 20;
    private const int TitleHeight = 60;
    private const int LegendWidth = 170;

    private readonly Wiring wiring;
    private readonly StringBuilder svg = new();
    private readonly Dictionary<string, (int X, int Y, int Height)> places = new(StringComparer.Ordinal);
    private readonly Dictionary<int, List<List<WiringPin>>> channels = [];
    private readonly Dictionary<int, int> channelLefts = [];

    private WiringDrawing(Wiring wiring) => this.wiring = wiring;

    /// <summary>The drawing.</summary>
    /// <param name="wiring">What to draw.</param>
    public static string Of(Wiring wiring) => new WiringDrawing(wiring).Draw();

    private string Draw()
    {
        Route();
        var (width, height) = Place();
        var kinds = WireKind.All.Where(kind => wiring.Blocks.SelectMany(block => block.Pins).Any(pin => pin.Kind == kind.Name)).ToList();
        var perRow = Math.Max(1, (width - (2 * Margin)) / LegendWidth);
        var whole = height + (((kinds.Count + perRow - 1) / perRow) * Grid) + Margin;
        Line($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {whole}\" width=\"{width}\" height=\"{whole}\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\">");
        Line($"<title>{Escaped(wiring.Title)}</title>");
        Line($"<rect width=\"{width}\" height=\"{whole}\" fill=\"#ffffff\"/>");
        Line($"<text x=\"{Margin}\" y=\"32\" font-size=\"18\" font-weight=\"bold\">{Escaped(wiring.Title)}</text>");
        foreach (var (channel, joints) in channels.OrderBy(pair => pair.Key))
        {
            for (var track = 0; track < joints.Count; track++)
            {
                DrawJoint(joints[track], channelLefts[channel] + Grid + (track * Track));
            }
        }

        foreach (var block in wiring.Blocks)
        {
            DrawBlock(block);
        }

        for (var i = 0; i < kinds.Count; i++)
        {
            var (x, y) = (Margin + ((i % perRow) * LegendWidth), height + ((i / perRow) * Grid));
            Line($"<line x1=\"{x}\" y1=\"{y}\" x2=\"{x + 24}\" y2=\"{y}\" stroke=\"{kinds[i].Colour}\" stroke-width=\"3\"/>");
            Line($"<text x=\"{x + 32}\" y=\"{y + 4}\">{Escaped(kinds[i].Label)}</text>");
        }

        Line($"</svg>");
        return svg.ToString();
    }

    // What of a joint lies in a channel is a track of its own; a joint that spans columns goes on by a pin on the other side.
    private void Route()
    {
        foreach (var joint in wiring.Joints)
        {
            foreach (var pins in joint.GroupBy(pin => pin.Channel))
            {
                if (pins.Count() < 2)
                {
                    throw new InvalidDataException($"{pins.First()} is joined with nothing beside it: its wire would have to run through a column");
                }

                if (!channels.TryGetValue(pins.Key, out var joints))
                {
                    channels[pins.Key] = joints = [];
                }

                joints.Add([.. pins]);
            }
        }
    }

    private (int Width, int Height) Place()
    {
        var x = Margin + (channels.TryGetValue(-1, out var first) ? Width(first) : 0);
        var bottom = 0;
        foreach (var column in wiring.Blocks.GroupBy(block => block.Column).OrderBy(column => column.Key))
        {
            // Half a step apart, so that a wire from the left never meets one from the right on the same line.
            var y = TitleHeight + (column.Key % 2 * Grid / 2);
            foreach (var block in column)
            {
                var rows = Math.Max(block.Pins.Count(pin => pin.OnTheRight), block.Pins.Count(pin => !pin.OnTheRight));
                var height = ((block.Lines.Count + rows) * Grid) + (Grid / 2);
                places[block.Id] = (x, y, height);
                y += height + Grid + (Grid / 2);
                bottom = Math.Max(bottom, y);
            }

            x += BlockWidth;
            channelLefts[column.Key] = x;
            x += channels.TryGetValue(column.Key, out var joints) ? Width(joints) : Margin;
        }

        return (x, bottom + Grid);

        static int Width(List<List<WiringPin>> joints) => (2 * Grid) + (joints.Count * Track);
    }

    private (int X, int Y) PointOf(WiringPin pin)
    {
        var (x, y, _) = places[pin.Block];
        var lines = wiring.Blocks.Single(block => block.Id == pin.Block).Lines.Count;
        return (pin.OnTheRight ? x + BlockWidth : x, y + ((lines + pin.Row) * Grid) + (Grid / 2));
    }

    private void DrawJoint(List<WiringPin> pins, int track)
    {
        var colour = WireKind.All.Single(kind => kind.Name == pins[0].Kind).Colour;
        var points = pins.Select(PointOf).ToList();
        var (top, bottom) = (points.Min(point => point.Y), points.Max(point => point.Y));
        Line($"<g stroke=\"{colour}\" stroke-width=\"2\" fill=\"{colour}\">");
        Line($"<line x1=\"{track}\" y1=\"{top}\" x2=\"{track}\" y2=\"{bottom}\"/>");
        foreach (var (x, y) in points)
        {
            Line($"<line x1=\"{x}\" y1=\"{y}\" x2=\"{track}\" y2=\"{y}\"/>");
            if (y > top && y < bottom)
            {
                Line($"<circle cx=\"{track}\" cy=\"{y}\" r=\"3\"/>");
            }
        }

        Line($"</g>");
    }

    private void DrawBlock(WiringBlock block)
    {
        var (x, y, height) = places[block.Id];
        Line($"<rect x=\"{x}\" y=\"{y}\" width=\"{BlockWidth}\" height=\"{height}\" rx=\"4\" fill=\"#f8fafc\" stroke=\"#334155\"/>");
        for (var i = 0; i < block.Lines.Count; i++)
        {
            Line($"<text x=\"{x + 10}\" y=\"{y + 15 + (i * Grid)}\"{(i == 0 ? " font-weight=\"bold\"" : " fill=\"#475569\"")}>{Escaped(block.Lines[i])}</text>");
        }

        foreach (var pin in block.Pins)
        {
            var (pinX, pinY) = PointOf(pin);
            var anchor = pin.OnTheRight ? " text-anchor=\"end\"" : "";
            Line($"<circle cx=\"{pinX}\" cy=\"{pinY}\" r=\"3\" fill=\"#ffffff\" stroke=\"#334155\"/>");
            Line($"<text x=\"{pinX + (pin.OnTheRight ? -9 : 9)}\" y=\"{pinY + 4}\"{anchor}>{Escaped(pin.Name)}</text>");
        }
    }

    private static string Escaped(string text) => SecurityElement.Escape(text);

    private void Line(FormattableString line) => svg.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}

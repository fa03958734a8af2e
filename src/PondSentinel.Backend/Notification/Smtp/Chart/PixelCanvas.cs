namespace PondSentinel.Backend.Notification.Smtp.Chart;

/// <summary>A colour of the palette.</summary>
internal enum Ink : byte
{
    /// <summary>Behind everything.</summary>
    Paper = 0,

    /// <summary>Axes and figures.</summary>
    Axis = 1,

    /// <summary>Lines at the ticks.</summary>
    Grid = 2,

    /// <summary>The curve.</summary>
    Curve = 3,

    /// <summary>The limit.</summary>
    Limit = 4,

    /// <summary>Values that are suspect or worse.</summary>
    Doubt = 5,

    /// <summary>The time of the alarm.</summary>
    Alarm = 6,
}

/// <summary>A picture of a few colours. What is drawn outside of it is not there.</summary>
/// <param name="width">Pixels.</param>
/// <param name="height">Pixels.</param>
internal sealed class PixelCanvas(int width, int height)
{
    private const int DashLength = 5;
    private readonly byte[] pixels = new byte[width * height];

    /// <summary>The colours, by their ink.</summary>
    public static IReadOnlyList<(byte Red, byte Green, byte Blue)> Palette { get; } =
    [
        (0xFF, 0xFF, 0xFF), (0x4A, 0x5A, 0x60), (0xE3, 0xE8, 0xEA), (0x0B, 0x5C, 0x8A), (0xC2, 0x1F, 0x2E), (0xE0, 0xA8, 0x00), (0xF8, 0xE3, 0xE3),
    ];

    /// <summary>Pixels.</summary>
    public int Width { get; } = width;

    /// <summary>Pixels.</summary>
    public int Height { get; } = height;

    /// <summary>The pixels of a line, left to right.</summary>
    /// <param name="y">Line, from the top.</param>
    public ReadOnlySpan<byte> Line(int y) => pixels.AsSpan(y * Width, Width);

    /// <summary>Colours a pixel.</summary>
    public void Set(int x, int y, Ink ink)
    {
        if (x >= 0 && x < Width && y >= 0 && y < Height)
        {
            pixels[(y * Width) + x] = (byte)ink;
        }
    }

    /// <summary>Fills a rectangle, both corners included.</summary>
    public void Fill(int left, int top, int right, int bottom, Ink ink)
    {
        for (var y = Math.Max(0, top); y <= Math.Min(bottom, Height - 1); y++)
        {
            for (var x = Math.Max(0, left); x <= Math.Min(right, Width - 1); x++)
            {
                Set(x, y, ink);
            }
        }
    }

    /// <summary>Draws a level line, dashed.</summary>
    public void Dashes(int left, int right, int y, Ink ink)
    {
        for (var x = left; x <= right; x++)
        {
            if ((x - left) / DashLength % 2 == 0)
            {
                Fill(x, y, x, y + 1, ink);
            }
        }
    }

    /// <summary>Draws a straight line, two pixels thick. Both ends must lie on the canvas.</summary>
    public void Stroke((int X, int Y) from, (int X, int Y) to, Ink ink)
    {
        var steps = Math.Max(Math.Abs(to.X - from.X), Math.Abs(to.Y - from.Y));
        for (var i = 0; i <= steps; i++)
        {
            var share = steps == 0 ? 0 : (double)i / steps;
            var (x, y) = ((int)Math.Round(from.X + (share * (to.X - from.X))), (int)Math.Round(from.Y + (share * (to.Y - from.Y))));
            Fill(x, y, x + 1, y + 1, ink);
        }
    }

    /// <summary>Writes figures, twice the size of the font.</summary>
    /// <param name="text">What <see cref="FigureFont"/> has.</param>
    /// <param name="x">Left.</param>
    /// <param name="y">Top.</param>
    /// <param name="ink">Colour.</param>
    public void Write(string text, int x, int y, Ink ink)
    {
        foreach (var character in text)
        {
            for (var row = 0; row < FigureFont.Height; row++)
            {
                for (var column = 0; column < FigureFont.Width; column++)
                {
                    if (FigureFont.Has(character, column, row))
                    {
                        Fill(x + (column * 2), y + (row * 2), x + (column * 2) + 1, y + (row * 2) + 1, ink);
                    }
                }
            }

            x += FigureFont.Advance;
        }
    }
}

using System.Globalization;
using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Notification.Smtp.Chart;

/// <summary>What a curve is drawn of.</summary>
/// <param name="Values">The values, rising in time, at least two that are numbers.</param>
/// <param name="Limit">The limit they are held against; null where it is of something else.</param>
/// <param name="Since">When the exceedance began.</param>
/// <param name="Until">When it was over, or null.</param>
/// <param name="UtcOffset">What the clocks of those who read are ahead of UTC.</param>
internal sealed record CurveContent(
    IReadOnlyList<AlertSample> Values, double? Limit, DateTimeOffset Since, DateTimeOffset? Until, TimeSpan UtcOffset);

/// <summary>Draws values over time: the limit as a dashed line, the time of the alarm shaded, values of doubt in another colour. Where
/// values are missing the line has a hole.</summary>
internal static class CurveChart
{
    /// <summary>Pixels.</summary>
    public const int Width = 640;

    /// <summary>Pixels.</summary>
    public const int Height = 240;

    private const int Left = 76;
    private const int Right = Width - 14;
    private const int Top = 12;
    private const int Bottom = Height - 30;
    private const int ValueTicks = 5;
    private const int TimeTicksMax = 7;
    private const double HoleTimes = 5;

    private static readonly TimeSpan[] TimeSteps =
    [
        .. new[] { 1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440 }.Select(minutes => TimeSpan.FromMinutes(minutes)),
    ];

    /// <summary>Draws it.</summary>
    /// <param name="content">What of.</param>
    public static PixelCanvas Draw(CurveContent content)
    {
        var canvas = new PixelCanvas(Width, Height);
        var numbers = content.Values.Where(IsNumber).ToList();
        var (begin, end) = (content.Values[0].At, content.Values[^1].At);
        var scale = ValueScale.Of(
            [.. numbers.Select(value => value.Value!.Value), .. content.Limit is { } limit ? (double[])[limit] : []], ValueTicks);
        canvas.Fill(X(content.Since), Top, X(content.Until ?? end), Bottom, Ink.Alarm);
        DrawValueAxis(canvas, scale);
        DrawTimeAxis(canvas, begin, end, content.UtcOffset, X);
        if (content.Limit is { } line)
        {
            canvas.Dashes(Left, Right, Y(line), Ink.Limit);
        }

        var hole = Hole(numbers);
        for (var i = 0; i < numbers.Count; i++)
        {
            var (here, ink) = (Point(numbers[i]), numbers[i].Flag is QualityFlag.Good or QualityFlag.NotEvaluated ? Ink.Curve : Ink.Doubt);
            var isJoined = i > 0 && numbers[i].At - numbers[i - 1].At <= hole;
            canvas.Stroke(isJoined ? Point(numbers[i - 1]) : here, here, ink);
        }

        canvas.Stroke((Left, Top), (Left, Bottom), Ink.Axis);
        canvas.Stroke((Left, Bottom), (Right, Bottom), Ink.Axis);
        return canvas;

        int X(DateTimeOffset at) => begin == end
            ? Right
            : Left + (int)Math.Round(Math.Clamp((at - begin) / (end - begin), 0, 1) * (Right - Left));

        int Y(double value) => Bottom - (int)Math.Round((value - scale.Low) / (scale.High - scale.Low) * (Bottom - Top));

        (int X, int Y) Point(AlertSample sample) => (X(sample.At), Y(sample.Value!.Value));
    }

    /// <summary>Whether a value can be drawn.</summary>
    /// <param name="sample">The value.</param>
    public static bool IsNumber(AlertSample sample) =>
        sample.Value is { } value && double.IsFinite(value) && Math.Abs(value) < 1e12 && sample.Flag != QualityFlag.Missing;

    private static void DrawValueAxis(PixelCanvas canvas, ValueScale scale)
    {
        foreach (var tick in scale.Ticks)
        {
            var y = Bottom - (int)Math.Round((tick - scale.Low) / (scale.High - scale.Low) * (Bottom - Top));
            var text = scale.Text(tick);
            canvas.Fill(Left, y, Right, y, Ink.Grid);
            canvas.Write(text, Left - 8 - FigureFont.WidthOf(text), y - FigureFont.Height, Ink.Axis);
        }
    }

    private static void DrawTimeAxis(
        PixelCanvas canvas, DateTimeOffset begin, DateTimeOffset end, TimeSpan utcOffset, Func<DateTimeOffset, int> x)
    {
        var step = Array.Find(TimeSteps, step => (end - begin) / step <= TimeTicksMax);
        step = step == default ? TimeSteps[^1] : step;
        var local = begin.ToOffset(utcOffset);
        var first = new DateTimeOffset(((local.Ticks / step.Ticks) + 1) * step.Ticks, utcOffset);
        for (var tick = first; tick <= end; tick += step)
        {
            var text = tick.ToString("HH:mm", CultureInfo.InvariantCulture);
            canvas.Fill(x(tick), Bottom, x(tick), Bottom + 5, Ink.Axis);
            var left = Math.Min(x(tick) - (FigureFont.WidthOf(text) / 2), Width - FigureFont.WidthOf(text));
            canvas.Write(text, left, Bottom + 10, Ink.Axis);
        }
    }

    // Several times as long as usual between two values: nothing is known in between.
    private static TimeSpan Hole(List<AlertSample> numbers)
    {
        var steps = numbers.Zip(numbers.Skip(1), (a, b) => b.At - a.At).Order().ToList();
        return steps.Count == 0 ? TimeSpan.Zero : steps[steps.Count / 2] * HoleTimes;
    }
}

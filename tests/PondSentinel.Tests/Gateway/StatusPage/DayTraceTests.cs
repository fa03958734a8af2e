using CsCheck;
using PondSentinel.Gateway.StatusPage;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Gateway.StatusPage;

/// <summary>The last 24 hours of a channel.</summary>
public sealed class DayTraceTests
{
    private static readonly QualityFlag[] Flags = [QualityFlag.Good, QualityFlag.NotEvaluated, QualityFlag.Suspect, QualityFlag.Fail];

    [Fact]
    public void Columns_are_those_of_everything_that_was_noted_within_a_day_whatever_came_in_which_order()
    {
        var notes = Gen.Select(Gen.Int[0, 4000], Gen.Double[-50, 50].Nullable(), Gen.Int[0, Flags.Length - 1]).List[0, 60];
        Gen.Select(notes, Gen.Int[0, 4000], Gen.OneOf(1, 24, 288, 1440)).Sample((all, later, count) =>
        {
            var trace = new DayTrace();
            List<(long Minute, double? Value, QualityFlag Flag)> kept = [];
            var newest = -1L;
            foreach (var (minute, value, flag) in all)
            {
                trace.Note(minute, value, Flags[flag]);
                newest = Math.Max(newest, minute);
                if (minute > newest - DayTrace.MinutesMax)
                {
                    kept.Add((minute, value, Flags[flag]));
                }
            }

            kept.RemoveAll(note => note.Minute <= newest - DayTrace.MinutesMax);
            var now = newest + (later / 2);
            var each = DayTrace.MinutesMax / count;
            var columns = trace.Columns(now, count);
            for (var at = 0; at < count; at++)
            {
                var from = now - DayTrace.MinutesMax + 1 + (at * each);
                var here = kept.Where(note => note.Minute >= from && note.Minute < from + each).ToList();
                var values = here.Where(note => note.Value is not null).Select(note => (float)note.Value!).ToList();
                Assert.Equal(values.Count > 0, columns[at].HasValue);
                Assert.Equal(here.Any(note => note.Value is null), (columns[at].Seen & Seen.Missing) != 0);
                Assert.Equal(here.Any(note => note.Value is not null && note.Flag == QualityFlag.Fail), (columns[at].Seen & Seen.Fail) != 0);
                if (values.Count > 0)
                {
                    Assert.Equal((values.Min(), values.Max()), (columns[at].Min, columns[at].Max));
                }
            }
        });
    }

    [Fact]
    public void Numbers_that_no_picture_can_hold_are_held_within_it()
    {
        var trace = new DayTrace();
        trace.Note(5, 1e300, QualityFlag.Good);
        trace.Note(6, double.NaN, QualityFlag.Good);
        trace.Note(7, -1e300, QualityFlag.Fail);
        var html = new System.Text.StringBuilder();
        TraceDrawing.Draw(html, trace.Columns(7, TraceDrawing.Columns), "t");
        Assert.DoesNotContain("NaN", html.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Infinity", html.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("∞", html.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vvvvvvvv", "")]
    [InlineData("....vvvv", "")]
    [InlineData("vvv.vvvv", "")]
    [InlineData("vvv..vvv", "3-5")]
    [InlineData("vvmmmvvv", "2-5")]
    [InlineData("vvmvvvvv", "2-3")]
    [InlineData("vvvvvv..", "6-8")]
    [InlineData("mmmmvvvv", "0-4")]
    [InlineData("v..v..v..v......", "10-16")]
    [InlineData("v..v..v..v..v...", "")]
    [InlineData("........", "")]
    public void Gap_is_where_something_was_due(string day, string gaps)
    {
        var columns = day.Select(each => new DayColumn(1, 1, each switch { 'v' => Seen.Value, 'm' => Seen.Missing, _ => Seen.Nothing })).ToList();
        Assert.Equal(gaps, string.Join(' ', TraceDrawing.Gaps(columns).Select(gap => $"{gap.From}-{gap.To}")));
    }
}

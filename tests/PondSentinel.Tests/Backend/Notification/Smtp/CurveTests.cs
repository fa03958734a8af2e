using System.Buffers.Binary;
using System.IO.Compression;
using CsCheck;
using PondSentinel.Alerting;
using PondSentinel.Backend.Notification.Smtp.Chart;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Notification.Smtp;

public sealed class CurveTests
{
    private static readonly Gen<AlertSample[]> GenSamples = Gen.Select(
        Gen.Int[1, 10_000_000], Gen.OneOf(Gen.Double, Gen.Double[0, 100], Gen.Const(5.0)), Gen.OneOf(Gen.Const(QualityFlag.Good), Gen.Const(QualityFlag.Suspect), Gen.Const(QualityFlag.Missing)))
        .Array[2, 60]
        .Select(steps =>
        {
            var at = AlertBench.Start;
            return steps.Select(step => new AlertSample(at += TimeSpan.FromMilliseconds(step.Item1), step.Item2, step.Item3)).ToArray();
        });

    [Fact]
    public void Limit_is_crossed_where_the_values_cross_it()
    {
        var canvas = CurveChart.Draw(new CurveContent(
            [.. Enumerable.Range(0, 61).Select(minute => new AlertSample(AlertBench.Start.AddMinutes(minute), minute))],
            Limit: 30, AlertBench.Start.AddMinutes(30), Until: null, TimeSpan.Zero));

        var limit = Rows(canvas, Ink.Limit).Min();
        var curve = Enumerable.Range(0, CurveChart.Width).Where(x => canvas.Line(limit)[x] == (byte)Ink.Curve).ToList();
        var middle = (76 + CurveChart.Width - 14) / 2;
        Assert.InRange(curve.Average(), middle - 3, middle + 3);
        Assert.Equal((byte)Ink.Alarm, canvas.Line(100)[middle + 60]);
        Assert.Equal((byte)Ink.Paper, canvas.Line(100)[middle - 60]);
    }

    [Fact]
    public void Line_has_a_hole_where_nothing_is_known()
    {
        AlertSample[] values = [.. Enumerable.Range(0, 61).Where(minute => minute is < 20 or > 40).Select(minute => new AlertSample(AlertBench.Start.AddMinutes(minute), 7))];
        var canvas = CurveChart.Draw(new CurveContent(values, null, AlertBench.Start, AlertBench.Start, TimeSpan.Zero));

        Assert.DoesNotContain((byte)Ink.Curve, Enumerable.Range(0, CurveChart.Height).Select(y => canvas.Line(y)[345]));
        Assert.Contains((byte)Ink.Curve, Enumerable.Range(0, CurveChart.Height).Select(y => canvas.Line(y)[120]));
    }

    [Fact]
    public void Any_values_make_a_picture_that_can_be_read() => Gen.Select(GenSamples, Gen.Double[-1e9, 1e9], Gen.Int[-840, 840]).Sample((values, limit, offset) =>
    {
        if (values.Count(CurveChart.IsNumber) < 2)
        {
            return;
        }

        var content = new CurveContent(values, limit, values[0].At, values[^1].At, TimeSpan.FromMinutes(offset));
        var png = PngFile.Write(CurveChart.Draw(content));

        Assert.Equal((CurveChart.Width + 1) * CurveChart.Height, PixelsOf(png).Length);
    });

    [Theory]
    [InlineData(0, 10, 0, 2, "0 2 4 6 8 10")]
    [InlineData(6.8, 7.3, 6.77, 0.1, "6.8 6.9 7.0 7.1 7.2 7.3")]
    [InlineData(-50, 50, -56, 20, "-40 -20 0 20 40")]
    [InlineData(7, 7, 6.216, 0.5, "6.5 7.0 7.5")]
    public void Axis_has_round_figures(double low, double high, double bottom, double step, string ticks)
    {
        var scale = ValueScale.Of([low, high], 5);

        Assert.Equal((bottom, step), (Math.Round(scale.Low, 9), Math.Round(scale.Step, 9)));
        Assert.Equal(ticks, string.Join(' ', scale.Ticks.Select(scale.Text)));
    }

    private static IEnumerable<int> Rows(PixelCanvas canvas, Ink ink) =>
        Enumerable.Range(0, canvas.Height).Where(y => canvas.Line(y).Contains((byte)ink));

    // Reads the file by its chunks, sums checked by a second way of computing them.
    private static byte[] PixelsOf(byte[] png)
    {
        Assert.Equal("89504E470D0A1A0A", Convert.ToHexString(png.AsSpan(0, 8)));
        using var data = new MemoryStream();
        List<string> types = [];
        for (var at = 8; at < png.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            var body = png.AsSpan(at + 4, length + 4);
            types.Add(System.Text.Encoding.ASCII.GetString(body[..4]));
            Assert.Equal(Crc(body), BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at + 8 + length)));
            if (types[^1] == "IDAT")
            {
                data.Write(body[4..]);
            }

            at += length + 12;
        }

        Assert.Equal(["IHDR", "PLTE", "IDAT", "IEND"], types);
        data.Position = 0;
        using var zlib = new ZLibStream(data, CompressionMode.Decompress);
        using var pixels = new MemoryStream();
        zlib.CopyTo(pixels);
        return pixels.ToArray();
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
            }
        }

        return ~crc;
    }
}

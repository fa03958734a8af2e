using System.Buffers;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Benchmarks;

/// <summary>Points as lines for InfluxDB, against the same values as rows of System.Text.Json.</summary>
public class LineBenchmarks
{
    private const int Records = 1000;

    private readonly Point[] points = SampleDay.Points(Records);
    private readonly Row[] rows = SampleDay.Rows(Records);

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("lines")]
    public int Rows() => JsonSerializer.SerializeToUtf8Bytes(rows).Length;

    [Benchmark]
    [BenchmarkCategory("lines")]
    public int Lines()
    {
        var lines = new ArrayBufferWriter<byte>(Records * 2 * 192);
        foreach (var point in points)
        {
            LineProtocol.Append(lines, point);
        }

        return lines.WrittenCount;
    }
}

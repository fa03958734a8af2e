using System.IO.Compression;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using PondSentinel.Wire;

namespace PondSentinel.Benchmarks;

/// <summary>A batch of 240 records, packed, against the same values as rows of System.Text.Json, packed.</summary>
public class BatchBenchmarks
{
    private const int Records = 240;

    private readonly Batch batch = SampleDay.Batch(Records);
    private readonly Row[] rows = SampleDay.Rows(Records);
    private readonly byte[] packedBatch = BatchCodec.Encode(SampleDay.Batch(Records));
    private readonly byte[] packedRows = Pack(SampleDay.Rows(Records));

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("encode")]
    public int EncodeRows() => Pack(rows).Length;

    [Benchmark]
    [BenchmarkCategory("encode")]
    public int EncodeBatch() => BatchCodec.Encode(batch).Length;

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("decode")]
    public int DecodeRows()
    {
        using var unpacked = new GZipStream(new MemoryStream(packedRows), CompressionMode.Decompress);
        return JsonSerializer.Deserialize<Row[]>(unpacked)!.Length;
    }

    [Benchmark]
    [BenchmarkCategory("decode")]
    public int DecodeBatch() => BatchCodec.Decode(packedBatch).Batch!.Records.Count;

    [GlobalSetup]
    public void ShowSizes() => Console.WriteLine($"// {Records} records: {packedBatch.Length} bytes as a batch, {packedRows.Length} as rows");

    private static byte[] Pack(Row[] rows)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
        {
            JsonSerializer.Serialize(gzip, rows);
        }

        return packed.ToArray();
    }
}

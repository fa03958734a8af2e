using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Ingest;
using PondSentinel.Tests.Repository;

namespace PondSentinel.Tests.Backend.Commands;

public sealed class DecodeCommandTests
{
    [Fact]
    public void Batch_is_a_table_of_its_records() =>
        Assert.Equal(
            (0,
                """
                batch of gz-07, epoch 7q2mzk4a, numbers 720-721, schema 9f3c01d2, clock ntp, within 12 ms
                  seq  time                      station  channel   value  unit  flag  raw  why
                  720  2026-01-01T00:01:00.000Z  pond-a   pond1.ph  7.12   pH    3          flat revises c5xw2v7d 481235
                  721  2026-01-01T00:02:00.000Z  pond-a   pond1.ph  7.1    pH    4          flat est-time revises c5xw2v7d 481237

                """,
                ""),
            Decode(Example("batch-revision")));

    [Theory]
    [InlineData("batch", "batch of gz-07")]
    [InlineData("event", "event 96 of gz-07")]
    [InlineData("health", "health at 2026-01-01T00:00:00.000Z")]
    [InlineData("meta", "meta 668ec631 of gz-07")]
    [InlineData("receipt", "receipt 17 by b1")]
    [InlineData("replay", "replay: send epoch 7q2mzk4a, numbers 481100-481102, again")]
    [InlineData("state-will", "state: off, will")]
    [InlineData("time-answer", "time: it is 2026-01-01T00:00:00.123Z")]
    [InlineData("time-question", "time: asks for the time")]
    public void Kind_of_every_example_is_guessed(string example, string begin)
    {
        var (code, output, error) = Decode(Example(example));

        Assert.Equal((0, ""), (code, error));
        Assert.StartsWith(begin, output, StringComparison.Ordinal);
    }

    [Fact]
    public void Malformed_message_is_explained_with_exit_code_one()
    {
        var (code, output, error) = Decode("""{"v":1,"on":"yes"}"""u8.ToArray());

        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith("-: malformed state: ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("[]")]
    public void Something_else_asks_for_the_kind(string text)
    {
        var (code, _, error) = Decode(System.Text.Encoding.UTF8.GetBytes(text));

        Assert.Equal(1, code);
        Assert.Contains("name it with --kind, one of: batch, state,", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_kind_and_missing_file_are_misuse()
    {
        Assert.Equal(2, Decode([], "baton").Code);
        Assert.Equal(2, DecodeCommand.Run("/nonexistent/x", null, () => Stream.Null, TextWriter.Null, TextWriter.Null));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a\0b")]
    [InlineData("/")]
    public void Path_that_is_none_is_misuse_and_no_crash(string path)
    {
        using var error = new StringWriter();

        Assert.Equal(2, DecodeCommand.Run(path, null, () => Stream.Null, TextWriter.Null, error));
        Assert.Single(error.ToString().TrimEnd().Split('\n'));
    }

    [Fact]
    public void Thinned_record_tells_its_range()
    {
        var (code, output, _) = Decode(Example("batch-thinned"));

        Assert.Equal(0, code);
        Assert.Matches(@"mean of \d+ over \d+ ms, [\d.]+ to [\d.]+", output);
    }

    [Fact]
    public void Torn_line_of_an_archive_is_told_and_the_others_are_printed()
    {
        var folder = Directory.CreateTempSubdirectory("pond-decode-").FullName;
        try
        {
            new BatchArchive(folder, TimeProvider.System).Append(
            [
                ("pond/v1/pond/gz-07/data/live", Example("batch")), ("pond/v1/pond/gz-07/data/live", Example("batch-revision")),
            ]);
            var path = Directory.GetFiles(folder, "*.jsonl", SearchOption.AllDirectories).Single();
            var lines = File.ReadAllLines(path);
            File.WriteAllText(path, $"{lines[0]}\n{lines[1][..(lines[1].Length / 2)]}\n{lines[1]}\n");
            using var output = new StringWriter();
            using var error = new StringWriter();

            Assert.Equal(1, DecodeCommand.Run(path, null, () => Stream.Null, output, error));

            Assert.Equal($"{path}:2: the line is torn or damaged: its batch cannot be read\n", error.ToString());
            Assert.Equal(2, output.ToString().Split('\n').Count(line => line.StartsWith("# ", StringComparison.Ordinal)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Text_of_a_gateway_cannot_drive_the_terminal()
    {
        var (code, output, _) = Decode("""{"v":1,"on":true,"hw":"\u009b2J","sw":"x","ep":null,"inv":[]}"""u8.ToArray());

        Assert.DoesNotContain('\u009b', output);
        Assert.True(code is 0 or 1);
    }

    private static byte[] Example(string name) =>
        File.ReadAllBytes(Checkout.Absolute($"tests/PondSentinel.Tests/Wire/Examples/{name}.json"));

    private static (int Code, string Output, string Error) Decode(byte[] payload, string? kind = null)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = DecodeCommand.Run("-", kind, () => new MemoryStream(payload), output, error);
        return (code, output.ToString(), error.ToString());
    }
}

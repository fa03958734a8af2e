using System.Text;
using CsCheck;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Ingest;

/// <summary>Values that the store refused, and giving them to it again.</summary>
public sealed class DeadLetterTests
{
    /// <summary>How the letters of a day stand in its file.</summary>
    public enum Order
    {
        AsWritten,
        ByMeasurand,
        ByMeasurandOfAnEarlierVersion,
    }

    private static readonly Gen<double?> GenNumber = Gen.Frequency(
        (1, Gen.Const((double?)null)),
        (4, Gen.Double.Where(double.IsFinite).Select(number => (double?)number)));

    private static readonly Gen<DeadLetter> GenLetter =
        from numbers in GenNumber.Array[4]
        from texts in Gen.String.Array[2]
        from sequence in Gen.Long[0, SequenceRange.SequenceMax]
        from timeNs in Gen.Long
        from measurand in Gen.OneOf([.. MeasurandNames.All])
        from flag in Gen.OneOf(Enum.GetValues<QualityFlag>())
        from clock in Gen.OneOf(Enum.GetValues<ClockSource>())
        from why in Gen.OneOf(Why.None, Why.Spike, Why.Spike | Why.Fog | Why.Unsaved)
        from covered in Gen.OneOf(Gen.Const((long?)null), Gen.Long[0, 1_000_000].Select(ms => (long?)ms))
        from isRevision in Gen.Bool
        select new DeadLetter(
            sequence, new RecordId("7q2mzk4a", sequence), "type", Clean(texts[0]),
            new Point
            {
                Measurand = measurand, Site = "gz", Station = "pond-a", Gateway = "gz-07", Device = "pond1", Channel = "ph",
                TimeNs = timeNs, Epoch = "abcdefgh", Sequence = SequenceRange.SequenceMax - sequence, Clock = clock,
                CoveredMs = covered, IsRevision = isRevision,
                Value = new ChannelValue
                {
                    Channel = "ph", Measurand = measurand, Value = numbers[0], Raw = numbers[1], Low = numbers[2], High = numbers[3],
                    Flag = flag, Why = why, Calibration = texts[1].Length == 0 ? null : Clean(texts[1]), Count = (int?)covered,
                },
            });

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public void Letter_comes_back_from_its_line_whole() => GenLetter.Sample(
        letter =>
        {
            var line = Encoding.UTF8.GetString(letter.ToLine());
            Assert.DoesNotContain('\n', line);
            Assert.True(DeadLetter.TryParse(line, out var read), line);
            Assert.Equal(letter, read);
        },
        iter: TestDepth.Cases(1_000), seed: "0000KSaw0100");

    [Fact]
    public void Line_that_is_damaged_anywhere_is_a_letter_or_none_and_never_an_exception() => Gen.Select(
        GenLetter, Gen.Int[0, 10_000], Gen.Char, Gen.Int[0, 2]).Sample(
        (letter, at, character, kind) =>
        {
            var line = Encoding.UTF8.GetString(letter.ToLine());
            at %= line.Length;
            _ = DeadLetter.TryParse(
                kind switch { 0 => line[..at], 1 => line[..at] + character + line[(at + 1)..], _ => line[at..] + line[..at] }, out _);
        },
        iter: TestDepth.Cases(2_000), seed: "0000KSaw0200");

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("\"\\ud800\"")]
    public void Line_of_something_else_is_no_letter(string line) => Assert.False(DeadLetter.TryParse(line, out _));

    [Fact]
    public async Task What_the_store_takes_the_second_time_is_settled_as_stored_and_seen_once()
    {
        await using var bench = new IngestBench();
        await RefuseAsync(bench, 1);
        bench.Store.Refuse = _ => null;
        Resubmit(bench);
        await DoneAsync(bench);

        Assert.Equal([0L, 1L, 2L], bench.Store.Points.Values.Select(point => point.Sequence).Order());
        Assert.Equal(["7q2mzk4a 0", "7q2mzk4a 2", "7q2mzk4a 1"], bench.Observer.Seen);
        Assert.Equal((3L, 0L), (bench.Tally.Stored, bench.Tally.Rejected.GetValueOrDefault("type")));
        Receipt receipt;
        do
        {
            receipt = await bench.ReceiptSoonAsync();
        }
        while (receipt.Rejected.Count > 0);
    }

    [Fact]
    public async Task What_the_store_refuses_again_is_a_dead_letter_again()
    {
        await using var bench = new IngestBench();
        await RefuseAsync(bench, 0, 2);
        bench.Store.Refuse = point => point.Sequence == 2 ? "range" : null;
        Resubmit(bench);
        await DoneAsync(bench);

        Assert.True(DeadLetter.TryParse(Assert.Single(Lines(bench)), out var letter));
        Assert.Equal((2L, "range"), (letter.Point.Sequence, letter.Cause));
        Assert.Equal(["7q2mzk4a 1", "7q2mzk4a 0"], bench.Observer.Seen);
        Assert.Equal((2L, 1L), (bench.Tally.Stored, bench.Tally.Rejected["type"]));
    }

    [Fact]
    public async Task Store_that_is_away_takes_them_when_it_is_back()
    {
        await using var bench = new IngestBench();
        await RefuseAsync(bench, 1);
        var tries = 0;
        bench.Store.Refuse = _ => null;
        bench.Store.Before = () => ++tries < 4 ? throw new StoreUnavailableException("away") : Task.CompletedTask;
        Resubmit(bench);
        await DoneAsync(bench);
        Assert.Equal(4, tries);
        Assert.Equal(["7q2mzk4a 0", "7q2mzk4a 2", "7q2mzk4a 1"], bench.Observer.Seen);
    }

    [Fact]
    public async Task Crash_after_any_step_shows_each_point_once()
    {
        for (var crashAt = 0; crashAt < 3; crashAt++)
        {
            var bench = new IngestBench();
            await RefuseAsync(bench, 0, 1, 2);
            bench.Store.Refuse = _ => null;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            switch (crashAt)
            {
                case 0: bench.Store.After = Crash; break;
                case 1: bench.Observer.InTransaction = Crash; break;
                default: bench.Observer.AfterCommit = Crash; break;
            }

            Resubmit(bench);
            await TickUntilAsync(bench, () => reached.Task.IsCompleted);
            bench.Store.After = null;
            bench = await bench.RestartAsync();
            await DoneAsync(bench);
            Assert.Equal(["7q2mzk4a 0", "7q2mzk4a 1", "7q2mzk4a 2"], bench.Observer.Seen);
            Assert.Equal(3, bench.Tally.Stored);
            await bench.DisposeAsync();

            void Crash()
            {
                reached.TrySetResult();
                throw new InvalidOperationException("crash");
            }
        }
    }

    [Fact]
    public async Task Record_that_is_taken_in_part_stays_refused_and_a_crash_shows_that_part_once()
    {
        var bench = new IngestBench();
        bench.Store.Refuse = _ => "type";
        await bench.Send(IngestBench.BatchOf(0, 0, record: number => IngestBench.Record(number) with
        {
            Channels = [IngestBench.Record(number).Channels[0], IngestBench.Record(number).Channels[0] with { Channel = "other" }],
        }));
        bench.Store.Refuse = point => point.Channel == "other" ? "type" : null;
        var committed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bench.Observer.AfterCommit = () =>
        {
            committed.TrySetResult();
            throw new InvalidOperationException("crash");
        };
        Resubmit(bench);
        await TickUntilAsync(bench, () => committed.Task.IsCompleted);
        bench = await bench.RestartAsync();
        await DoneAsync(bench);
        Assert.Equal(["7q2mzk4a 0"], bench.Observer.Seen);
        Assert.Equal((0L, 1L), (bench.Tally.Stored, bench.Tally.Rejected["type"]));
        await bench.DisposeAsync();
    }

    [Fact]
    public async Task Original_that_was_revised_meanwhile_does_not_come_over_its_revision()
    {
        await using var bench = new IngestBench();
        await RefuseAsync(bench, 1);
        bench.Store.Refuse = _ => null;
        var revision = IngestBench.BatchOf(
            3, 3, record: number => IngestBench.Record(number, 9, new RecordId(IngestBench.Epoch, 1)));
        await bench.Send(revision);
        Resubmit(bench);
        await DoneAsync(bench);
        Assert.Equal(9, bench.Store.Points.Values.Single(point => point.Sequence == 1).Value.Value);
        Assert.Equal(["7q2mzk4a 0", "7q2mzk4a 2", "7q2mzk4a 1 revised"], bench.Observer.Seen);
        Assert.Equal((4L, 0L), (bench.Tally.Stored, bench.Tally.Rejected.GetValueOrDefault("type")));
    }

    [Theory]
    [InlineData(Order.AsWritten)]
    [InlineData(Order.ByMeasurand)]
    [InlineData(Order.ByMeasurandOfAnEarlierVersion)]
    public async Task Record_is_stored_once_the_store_refuses_none_of_its_channels_and_each_is_seen_once(Order order)
    {
        var bench = new IngestBench();
        bench.Store.Refuse = _ => "range";
        await bench.Send(IngestBench.BatchOf(0, 1499, record: TwoChannels));
        var day = Assert.Single(new LetterFolder(bench.Folder).Days);
        if (order != Order.AsWritten)
        {
            await File.WriteAllLinesAsync(
                day, (await File.ReadAllLinesAsync(day, Cancelled)).OrderBy(line => line.Contains("\"m\":\"ph\"", StringComparison.Ordinal)),
                Cancelled);
        }

        if (order == Order.ByMeasurandOfAnEarlierVersion)
        {
            await bench.KillAsync();
            await using (var connection = bench.Database.Connect())
            {
                await using var command = connection.CreateCommand();
                command.CommandText = "DROP TABLE ingest_refused_point";
                await command.ExecuteNonQueryAsync(Cancelled);
            }

            bench = await bench.RestartAsync();
        }

        // Mended for one of the two only.
        bench.Store.Refuse = point => point.Measurand == Measurand.Ph ? "range" : null;
        Resubmit(bench);
        await DoneAsync(bench);
        Assert.Equal((0L, 1500L), (bench.Tally.Stored, bench.Tally.Rejected["range"]));
        Assert.Equal((1500, 1500), (bench.Observer.Seen.Count, Lines(bench).Length));

        bench.Store.Refuse = _ => null;
        Resubmit(bench);
        await DoneAsync(bench);
        Assert.Equal((1500L, 0L), (bench.Tally.Stored, bench.Tally.Rejected.GetValueOrDefault("range")));
        Assert.Equal((3000, 3000), (bench.Observer.Seen.Count, bench.Store.Points.Count));
        await bench.DisposeAsync();
    }

    [Fact]
    public async Task What_is_refused_again_goes_back_to_its_day_however_full_that_is()
    {
        await using var bench = new IngestBench(quotas: new Quotas { LetterBytesADay = 1_500 });
        await RefuseAsync(bench, 0, 1, 2);
        bench.Time.Advance(TimeSpan.FromDays(1));
        bench.Store.Refuse = point => point.Sequence != 5 ? "type" : null;
        await bench.Send(IngestBench.BatchOf(3, 5));
        Resubmit(bench);
        await DoneAsync(bench);
        Assert.Equal(
            ["2026-07-01 0 1 2", "2026-07-02 3 4"],
            new LetterFolder(bench.Folder).Days.Select(day => $"{Path.GetFileNameWithoutExtension(day)} {string.Join(' ', Numbers(day))}"));
        Assert.Equal((1L, 5L), (bench.Tally.Stored, bench.Tally.Rejected["type"]));
    }

    [Fact]
    public async Task Letters_beyond_a_gateways_room_are_told_of_by_number_also_after_a_restart_and_cost_no_other_gateway_any()
    {
        var bench = new IngestBench(quotas: new Quotas { LetterBytesADay = 700 });
        bench.Store.Refuse = _ => "type";
        await bench.Send(IngestBench.BatchOf(0, 0));
        await bench.KillAsync();
        bench = new IngestBench(bench.Folder, bench.Store, new Quotas { LetterBytesADay = 700 }, bench.Time);
        await bench.Send(IngestBench.BatchOf(1, 9));
        await bench.Send(IngestBench.BatchOf(0, 1) with { Gateway = "gz-08" }, IngestBench.Live with { Gateway = "gz-08" });
        var letters = Lines(bench).Select(line => DeadLetter.TryParse(line, out var letter) ? letter : null).ToList();
        Assert.Equal(["gz-07 0", "gz-07 1", "gz-08 0", "gz-08 1"], letters.Select(letter => $"{letter!.Point.Gateway} {letter.Point.Sequence}"));
        Assert.Contains(
            "gz-07: refused (letters): 8 values of today beyond the room for dead letters; archive/ has their batches. 0 more since the last such line.",
            bench.Journal.Lines);
        await bench.DisposeAsync();
    }

    [Fact]
    public async Task Letter_that_stands_there_twice_is_seen_once()
    {
        await using var bench = new IngestBench();
        await RefuseAsync(bench, 1);
        bench.Store.Refuse = _ => null;
        var letters = new LetterFolder(bench.Folder);
        var day = Assert.Single(letters.Days);
        var line = await File.ReadAllTextAsync(day, Cancelled);
        Directory.CreateDirectory(letters.Again);
        await File.WriteAllTextAsync(Path.Combine(letters.Again, "0.tmp"), line + line, Cancelled);
        File.Move(Path.Combine(letters.Again, "0.tmp"), Path.Combine(letters.Again, "0.jsonl"));
        Resubmit(bench);
        await DoneAsync(bench);
        Assert.Equal(["7q2mzk4a 0", "7q2mzk4a 2", "7q2mzk4a 1"], bench.Observer.Seen);
    }

    [Fact]
    public async Task File_that_cannot_be_read_holds_up_no_batch_and_is_taken_once_it_can()
    {
        await using var bench = new IngestBench();
        await RefuseAsync(bench, 1);
        bench.Store.Refuse = _ => null;
        var letters = new LetterFolder(bench.Folder);
        var day = Assert.Single(letters.Days);
        Directory.CreateDirectory(letters.Again);
        File.CreateSymbolicLink(Path.Combine(letters.Again, "0.jsonl"), Path.Combine(bench.Folder, "not-there"));
        await TickUntilAsync(bench, () => bench.Journal.Lines.Any(line => line.StartsWith("Dead letters wait: ", StringComparison.Ordinal)));
        await bench.Send(IngestBench.BatchOf(3, 3));
        File.Move(day, Path.Combine(bench.Folder, "not-there"));
        await DoneAsync(bench);
        Assert.Equal(["7q2mzk4a 0", "7q2mzk4a 2", "7q2mzk4a 3", "7q2mzk4a 1"], bench.Observer.Seen);
    }

    [Fact]
    public async Task Lines_that_are_no_letters_are_set_aside_and_hold_nothing_up()
    {
        await using var bench = new IngestBench();
        await RefuseAsync(bench, 1);
        bench.Store.Refuse = _ => null;
        var day = Assert.Single(new LetterFolder(bench.Folder).Days);
        await File.WriteAllTextAsync(
            day, "garbage\n" + await File.ReadAllTextAsync(day, Cancelled) + "{\"at\":1",
            Cancelled);
        Resubmit(bench);
        await DoneAsync(bench);
        Assert.Equal(["7q2mzk4a 0", "7q2mzk4a 2", "7q2mzk4a 1"], bench.Observer.Seen);
        Assert.Equal(
            ["garbage", "{\"at\":1"],
            await File.ReadAllLinesAsync(
                Assert.Single(Directory.GetFiles(Path.GetDirectoryName(day)!, "*.unreadable")), Cancelled));
    }

    [Fact]
    public async Task List_tells_what_waits_and_why_and_a_wrong_day_is_refused()
    {
        await using var bench = new IngestBench();
        var (output, error) = (new StringWriter(), new StringWriter());
        Assert.Equal(0, DeadLettersCommand.List(bench.Folder, false, output));
        Assert.Equal($"{bench.Folder}: no dead letters\n", output.ToString());

        await RefuseAsync(bench, 0, 1);
        output = new StringWriter();
        Assert.Equal(DeadLettersCommand.Some, DeadLettersCommand.List(bench.Folder, false, output));
        Assert.Equal("2026-07-01  gz-07  type  2 values, first: the fake store says so\n", output.ToString());
        output = new StringWriter();
        DeadLettersCommand.List(bench.Folder, true, output);
        Assert.Equal(
            """{"file":"2026-07-01","waits":false,"gateway":"gz-07","cause":"type","count":2,"detail":"the fake store says so"}""" + "\n",
            output.ToString());

        Assert.Equal(
            DeadLettersCommand.Misuse,
            DeadLettersCommand.Resubmit(bench.Folder, ["../state"], false, bench.Time, output, error));
        Assert.Equal(
            $"../state: no dead letters of that day in {bench.Folder}; pond-backend dead-letters list shows the days\n", error.ToString());
        Assert.Equal(DeadLettersCommand.Misuse, DeadLettersCommand.Resubmit(bench.Folder, [], false, bench.Time, output, error));
        Assert.Equal(2, Lines(bench).Length);
        var audit = new AccountBook(bench.Database.Connect, new Passwords(), bench.Time);
        audit.Prepare();
        Assert.Empty(audit.Audit(10));
        Resubmit(bench);
        var audited = Assert.Single(audit.Audit(10));
        Assert.Equal((AuditAct.Resubmitted, "dead-letters/2026-07-01", Actor.OfCommand()), (audited.Act, audited.Note, audited.By));
    }

    private static async Task RefuseAsync(IngestBench bench, params long[] numbers)
    {
        bench.Store.Refuse = point => numbers.Contains(point.Sequence) ? "type" : null;
        await bench.Send(IngestBench.BatchOf(0, 2));
        Assert.Equal(numbers.Length, Lines(bench).Length);
    }

    private static DeviceRecord TwoChannels(long number)
    {
        var record = IngestBench.Record(number);
        return record with
        {
            Channels = [record.Channels[0], new ChannelValue { Channel = "ph", Measurand = Measurand.Ph, Value = 7, Flag = QualityFlag.Good }],
        };
    }

    private static IEnumerable<long> Numbers(string day) => File.ReadAllLines(day)
        .Select(line => DeadLetter.TryParse(line, out var letter) ? letter.Record.Sequence : -1).Order();

    private static string[] Lines(IngestBench bench) =>
        File.ReadAllLines(Assert.Single(new LetterFolder(bench.Folder).Days));

    private static void Resubmit(IngestBench bench) => Assert.Equal(
        0, DeadLettersCommand.Resubmit(bench.Folder, [], true, bench.Time, TextWriter.Null, TextWriter.Null));

    private static Task DoneAsync(IngestBench bench) =>
        TickUntilAsync(bench, () => new LetterFolder(bench.Folder).Waiting.Count == 0);

    private static async Task TickUntilAsync(IngestBench bench, Func<bool> condition)
    {
        while (!condition())
        {
            Cancelled.ThrowIfCancellationRequested();
            bench.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }

    private static string Clean(string text) => new([.. text.Where(c => !char.IsSurrogate(c))]);
}

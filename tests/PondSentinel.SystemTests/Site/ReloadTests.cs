using System.Globalization;
using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Site;

/// <summary>A running gateway is given other settings.</summary>
public sealed class ReloadTests
{
    private static readonly string Gateway = Built.Program("PondSentinel.Gateway", "pond-gateway");

    [Fact]
    public async Task Device_comes_and_goes_by_a_signal_and_a_word_and_the_other_keeps_every_slot_and_no_number_is_missing()
    {
        var folder = TestFolder.Create();
        await using var twins = await TwoProbes.StartAsync(
            folder, "[clock]\nsource = \"system\"\n[buffer]\nmax = \"16MiB\"", interval: "500ms", every: "500ms", device: "sequence = false");
        var file = Path.Combine(twins.Folder, "gateway.toml");
        var both = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        var alone = Without(both, "turb");
        await WriteAsync(file, alone);
        var gateway = twins.StartGateway();
        await twins.HearAsync(["ph"], 3);
        Assert.DoesNotContain(twins.Served, answer => answer.Device == "turb");

        // By the signal that systemctl reload sends.
        await WriteAsync(file, both);
        gateway.HangUp();
        await twins.HearAsync(["ph", "turb"], 3);

        // What has a mistake changes nothing, and each mistake is told.
        await WriteAsync(file, both.Replace("interval = \"500ms\"", "interval = \"soon\"", StringComparison.Ordinal));
        gateway.HangUp();
        await Eventually.HoldsAsync(() => gateway.Said("nothing is changed"), TimeSpan.FromSeconds(10), () => gateway.Tail);
        Assert.True(gateway.Said("interval of [device] must be a duration"), gateway.Tail);
        await twins.HearAsync(["ph", "turb"], 2);

        // By a word, which says what was done.
        await WriteAsync(file, alone.Replace("16MiB", "32MiB", StringComparison.Ordinal));
        var (code, output, error) = await Command.TryAsync("dotnet", Gateway, "reload", "--config", file);
        Assert.Equal((0, ""), (code, error));
        Assert.Equal("read anew: removed turb\n  as before until a restart: buffer.max\n", output);
        await twins.HearAsync(["ph"], 3);

        var polls = await EndAsync(gateway, file);
        var numbers = polls.Select(poll => poll.Number).Distinct().ToList();
        Assert.Equal(Enumerable.Range((int)numbers[0], numbers.Count).Select(number => (long)number), numbers);

        // Every slot of half a second from its first to its last.
        var slots = polls.Where(poll => poll.Device == "ph").Select(poll => (long)Math.Round((poll.TimeMs - 60) / 500.0)).Skip(1).ToList();
        Assert.Equal(Enumerable.Range(0, slots.Count).Select(i => slots[0] + i), slots);
        Assert.Single(polls.Select(poll => poll.Epoch).Distinct());
    }

    private static Task WriteAsync(string file, string text) => File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);

    private static string Without(string text, string device)
    {
        var begin = text.IndexOf($"[[device]]\nid = \"{device}\"", StringComparison.Ordinal);
        return text.Remove(begin, text.IndexOf("[clock]", StringComparison.Ordinal) - begin);
    }

    private static async Task<List<(string Epoch, long Number, string Device, long TimeMs)>> EndAsync(RunningProcess gateway, string file)
    {
        await gateway.TerminateAsync();
        Assert.Equal(0, gateway.ExitCode);
        var csv = await Command.RunAsync("dotnet", Gateway, "buffer", "export", "--config", file);
        return
        [
            .. csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(',')).Select(cells => (
                cells[18],
                long.Parse(cells[19], CultureInfo.InvariantCulture),
                cells[5],
                DateTimeOffset.Parse(cells[0], CultureInfo.InvariantCulture).ToUnixTimeMilliseconds())),
        ];
    }
}

using System.Diagnostics;
using PondSentinel.Sensors.Buses.Serial;

namespace PondSentinel.Tests.Sensors.Buses.Serial;

/// <summary>On real pseudo-terminals of the kernel. Nothing here depends on how long something takes, except that what
/// must end at once ends within a generous limit.</summary>
public sealed class SerialLineTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);

    private readonly TestPty pty = new();

    public void Dispose() => pty.Dispose();

    [Theory]
    [InlineData(300, LineParity.None, 1)]
    [InlineData(9600, LineParity.Even, 1)]
    [InlineData(12345, LineParity.Odd, 2)]
    [InlineData(115200, LineParity.None, 2)]
    public async Task Every_byte_passes_as_it_is_at_any_speed(int baud, LineParity parity, int stopBits)
    {
        using var line = Line(new SerialSettings(pty.Path, baud, parity, stopBits));
        var bytes = Enumerable.Range(0, 256).Select(value => (byte)value).ToArray();

        Assert.Null(line.Open());
        Assert.Null(await line.WriteAsync(bytes, TestContext.Current.CancellationToken));
        Assert.Equal(bytes, pty.Read(256));
        pty.Write(bytes);
        Assert.Equal(bytes, await ReadAsync(line, 256));
        Assert.Equal((uint)baud, pty.Speed);
    }

    [Fact]
    public async Task Nothing_in_time_is_silence_and_not_before()
    {
        var timeout = TimeSpan.FromMilliseconds(1.75);
        using var line = Line();
        Assert.Null(line.Open());

        var begun = Stopwatch.GetTimestamp();
        var result = await line.ReadAsync(new byte[8], timeout, TestContext.Current.CancellationToken);

        Assert.Equal(LineResult.Silence, result);
        Assert.True(Stopwatch.GetElapsedTime(begun) >= timeout);
    }

    [Fact]
    public async Task Line_that_is_disposed_of_by_who_has_just_waited_on_it_does_not_wait_for_itself()
    {
        var line = Line();
        Assert.Null(line.Open());

        async Task ReadAndCloseAsync()
        {
            await line.ReadAsync(new byte[8], TimeSpan.FromMilliseconds(1), CancellationToken.None).ConfigureAwait(false);
            line.Dispose();
        }

        await Task.Run(ReadAndCloseAsync, TestContext.Current.CancellationToken)
            .WaitAsync(Soon, TestContext.Current.CancellationToken);
        using var next = Line();
        Assert.Null(next.Open());
    }

    [Fact]
    public async Task Cable_pulled_out_while_waiting_is_seen_at_once_and_the_next_one_is_opened()
    {
        var link = Path.Combine(Path.GetTempPath(), $"pond-port-{Guid.NewGuid():N}");
        File.CreateSymbolicLink(link, pty.Path);
        try
        {
            using var line = Line(new SerialSettings(link, 9600));
            Assert.Null(line.Open());
            var read = line.ReadAsync(new byte[8], Never, TestContext.Current.CancellationToken).AsTask();

            pty.Dispose();

            Assert.Equal(
                LineResult.Down($"{link} has gone: is the adapter plugged in?"),
                await read.WaitAsync(Soon, TestContext.Current.CancellationToken));
            Assert.Equal($"{link} is not there: is the adapter plugged in?", line.Open());

            using var other = new TestPty();
            File.Delete(link);
            File.CreateSymbolicLink(link, other.Path);
            Assert.Null(line.Open());
            other.Write("01 02");
            Assert.Equal([1, 2], await ReadAsync(line, 2));
        }
        finally
        {
            File.Delete(link);
        }
    }

    // The kernel calls a terminal whose other end has gone "deleted"; those of tests beside this one vanish again.
    [Fact]
    public async Task Forty_times_unplugged_leave_no_descriptor_and_never_hang()
    {
        const int cycles = 40;
        var link = Path.Combine(Path.GetTempPath(), $"pond-port-{Guid.NewGuid():N}");
        using var line = Line(new SerialSettings(link, 9600));
        for (var cycle = 0; cycle < cycles; cycle++)
        {
            using var plugged = new TestPty();
            File.Delete(link);
            File.CreateSymbolicLink(link, plugged.Path);
            Assert.Null(line.Open());
            var read = line.ReadAsync(new byte[8], Never, TestContext.Current.CancellationToken).AsTask();
            plugged.Dispose();
            Assert.NotNull((await read.WaitAsync(Soon, TestContext.Current.CancellationToken)).Fault);
        }

        File.Delete(link);
        Assert.InRange(
            Directory.GetFiles("/proc/self/fd").Count(file => new FileInfo(file).LinkTarget is { } target
                && target.StartsWith("/dev/pts/", StringComparison.Ordinal) && target.EndsWith("(deleted)", StringComparison.Ordinal)),
            0,
            cycles / 2);
    }

    [Fact]
    public void Port_that_was_reset_is_opened_anew()
    {
        using var line = Line(new SerialSettings(pty.Path, 9600));
        Assert.Null(line.Open());

        line.Reset();

        Assert.Null(line.Open());
    }

    [Fact]
    public void Cable_pulled_out_between_polls_is_seen_by_the_next_opening()
    {
        using var line = Line();
        Assert.Null(line.Open());
        Assert.Null(line.Open());
        pty.Dispose();

        Assert.Equal($"{pty.Path} is not there: is the adapter plugged in?", line.Open());
    }

    [Fact]
    public async Task Cable_pulled_out_after_the_opening_is_seen_by_writing()
    {
        using var line = Line();
        Assert.Null(line.Open());
        pty.Dispose();

        Assert.Equal(
            $"{pty.Path} has gone: is the adapter plugged in?",
            await line.WriteAsync(new byte[] { 1 }, TestContext.Current.CancellationToken));
        Assert.Equal($"{pty.Path} is not there: is the adapter plugged in?", line.Open());
    }

    [Fact]
    public void Port_belongs_to_one_line_at_a_time()
    {
        using var first = Line();
        using var second = Line();
        Assert.Null(first.Open());

        Assert.Equal(HeldText, second.Open());
        first.Dispose();
        Assert.Null(second.Open());
    }

    [Fact]
    public async Task Port_held_by_another_program_is_said_to_be()
    {
        var start = new ProcessStartInfo("flock", [pty.Path, "sh", "-c", "echo locked; cat"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        };
        using var other = Process.Start(start)!;
        Assert.Equal("locked", await other.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        using var line = Line();

        Assert.Equal(HeldText, line.Open());

        other.StandardInput.Close();
        await other.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Null(line.Open());
    }

    [Fact]
    public async Task Port_we_hold_is_refused_to_another_program()
    {
        using var line = Line();
        Assert.Null(line.Open());

        using var other = Process.Start(new ProcessStartInfo("flock", ["--nonblock", pty.Path, "true"]))!;
        await other.WaitForExitAsync(TestContext.Current.CancellationToken);

        // Root's program may open the port and finds it locked, 1; anybody else's may not even open it, 66 (EX_NOINPUT).
        Assert.Contains(other.ExitCode, new[] { 1, 66 });
    }

    [Theory]
    [InlineData(2, "/dev/x is not there: is the adapter plugged in?")]
    [InlineData(5, "/dev/x is not there: is the adapter plugged in?")]
    [InlineData(6, "/dev/x is not there: is the adapter plugged in?")]
    [InlineData(11, "/dev/x is held by another program: stop that one (fuser -v /dev/x names it)")]
    [InlineData(13, "no permission for /dev/x: add the user that runs this program to the group dialout")]
    [InlineData(16, "/dev/x is held by another program: stop that one (fuser -v /dev/x names it)")]
    [InlineData(19, "/dev/x is not there: is the adapter plugged in?")]
    [InlineData(24, "/dev/x cannot be opened: Too many open files")]
    [InlineData(25, "/dev/x is no serial port: name another")]
    public void Failure_to_open_says_what_to_do(int errno, string expected) =>
        Assert.Equal(expected, TtyPort.Describe(new SerialSettings("/dev/x", 9600), errno));

    [Fact]
    public void File_that_is_no_serial_port_is_refused()
    {
        using var line = Line(new SerialSettings("/dev/null", 9600));

        Assert.Equal("/dev/null is no serial port: name another", line.Open());
    }

    [Fact]
    public async Task Cancelled_read_ends_at_once_and_leaves_the_line_usable()
    {
        using var line = Line();
        using var cancelled = new CancellationTokenSource();
        Assert.Null(line.Open());
        var read = line.ReadAsync(new byte[8], Never, cancelled.Token).AsTask();

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => read.WaitAsync(Soon, TestContext.Current.CancellationToken));
        pty.Write("07");
        Assert.Equal([7], await ReadAsync(line, 1));
    }

    [Fact]
    public async Task Line_closed_during_a_read_ends_it_and_frees_the_port()
    {
        var line = Line();
        Assert.Null(line.Open());
        var read = line.ReadAsync(new byte[8], Never, TestContext.Current.CancellationToken).AsTask();

        await Task.Run(line.Dispose, TestContext.Current.CancellationToken)
            .WaitAsync(Soon, TestContext.Current.CancellationToken);

        Assert.Equal(
            LineResult.Down($"{pty.Path} has been closed by this program"),
            await read.WaitAsync(Soon, TestContext.Current.CancellationToken));
        Assert.NotNull(line.Open());
        using var next = Line();
        Assert.Null(next.Open());
    }

    [Fact]
    public async Task Line_that_takes_no_bytes_is_given_up_and_closes_without_hanging()
    {
        using var line = Line(new SerialSettings(pty.Path, 4_000_000));
        Assert.Null(line.Open());

        var write = line.WriteAsync(new byte[1 << 17], TestContext.Current.CancellationToken).AsTask();
        Assert.False(write.IsCompleted);

        Assert.Equal(
            $"{pty.Path} takes no bytes: unplug the adapter and plug it in again",
            await write.WaitAsync(Soon, TestContext.Current.CancellationToken));
        await Task.Run(line.Dispose, TestContext.Current.CancellationToken)
            .WaitAsync(Soon, TestContext.Current.CancellationToken);
    }

    // A wait that ends by its timeout and one that ends by a byte race in every round: none may be lost or hang.
    [Fact]
    public async Task No_byte_is_lost_where_timeouts_and_bytes_race()
    {
        const int count = 1000;
        using var line = Line();
        Assert.Null(line.Open());
        var writer = Task.Run(
            () =>
            {
                for (var i = 0; i < count; i++)
                {
                    pty.Write([(byte)(i % 251)]);
                    Thread.Yield();
                }
            },
            TestContext.Current.CancellationToken);

        List<byte> received = [];
        var buffer = new byte[4];
        while (received.Count < count)
        {
            var (read, fault) = await line.ReadAsync(
                buffer, TimeSpan.FromTicks(received.Count % 7 * 500), TestContext.Current.CancellationToken);
            Assert.Null(fault);
            received.AddRange(buffer.AsSpan(..read));
        }

        await writer;
        Assert.Equal(Enumerable.Range(0, count).Select(i => (byte)(i % 251)), received);
    }

    private string HeldText => $"{pty.Path} is held by another program: stop that one (fuser -v {pty.Path} names it)";

    private static async Task<byte[]> ReadAsync(SerialLine line, int count)
    {
        var buffer = new byte[count];
        var received = 0;
        while (received < count)
        {
            var (read, fault) = await line.ReadAsync(
                buffer.AsMemory(received), Soon, TestContext.Current.CancellationToken);
            Assert.Null(fault);
            Assert.True(read > 0, "nothing came");
            received += read;
        }

        return buffer;
    }

    private SerialLine Line(SerialSettings? settings = null) =>
        new(settings ?? new SerialSettings(pty.Path, 9600));
}

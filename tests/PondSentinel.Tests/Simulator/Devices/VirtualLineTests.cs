using System.Collections.Concurrent;
using System.Diagnostics;
using PondSentinel.Simulator;
using PondSentinel.Simulator.Devices;
using PondSentinel.Simulator.Devices.Twins;

namespace PondSentinel.Tests.Simulator.Devices;

/// <summary>The lines as a gateway meets them: a file that is opened, written and read.</summary>
public sealed class VirtualLineTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly byte[] AskPh = Convert.FromHexString("0103280000" + "02CDAB");
    private static readonly byte[] Ph76 = Convert.FromHexString("0103043333F3404078");

    private readonly ConcurrentQueue<string> failures = new();
    private readonly string folder = Directory.CreateTempSubdirectory("pond-line-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Request_through_a_real_terminal_is_answered()
    {
        using var line = Line();
        using var port = new Port(line.Link);
        port.Write(AskPh);
        Assert.Equal(Ph76, port.Read(Ph76.Length));
    }

    [Fact]
    public void Every_byte_value_passes_as_it_is()
    {
        using var line = Line(device: new Echo());
        using var port = new Port(line.Link);
        byte[] all = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];
        port.Write(all);
        Assert.Equal(all, port.Read(all.Length));
    }

    [Fact]
    public void Answer_takes_at_least_the_time_its_bytes_need_at_the_baud_rate()
    {
        using var line = Line(baud: 1200);
        using var port = new Port(line.Link);
        var begun = Stopwatch.GetTimestamp();
        port.Write(AskPh);
        port.Read(Ph76.Length);

        // 8 and 9 characters of 10 bits.
        Assert.True(Stopwatch.GetElapsedTime(begun) >= TimeSpan.FromSeconds(17 * 10 / 1200.0));
    }

    [Fact]
    public void Port_that_was_closed_can_be_opened_again_at_the_same_path()
    {
        using var line = Line();
        for (var time = 0; time < 3; time++)
        {
            // Opened between the hang-up and the new terminal, it is the old one that goes: then once more, as a gateway does.
            Assert.True(Soon(() =>
            {
                using var port = new Port(line.Link);
                return port.TryWrite(AskPh) && port.Read(Ph76.Length).SequenceEqual(Ph76);
            }));
        }
    }

    [Fact]
    public void Pulled_cable_hangs_up_and_takes_the_port_away_until_it_is_plugged_in_again()
    {
        using var line = Line();
        using (var port = new Port(line.Link))
        {
            line.Plugged = false;
            Assert.True(port.HangsUp());
        }

        Assert.True(Soon(() => !File.Exists(line.Link)));
        line.Plugged = true;
        Assert.True(Soon(() => File.Exists(line.Link)));
        using var again = new Port(line.Link);
        again.Write(AskPh);
        Assert.Equal(Ph76, again.Read(Ph76.Length));
    }

    [Fact]
    public void Line_that_ends_takes_its_link_with_it()
    {
        var line = Line();
        Assert.NotNull(new FileInfo(line.Link).LinkTarget);
        line.Dispose();
        Assert.Null(new FileInfo(line.Link).LinkTarget);
    }

    [Fact]
    public void Line_whose_log_cannot_be_written_says_so_and_rests()
    {
        using var line = Line(device: new Echo(() => throw new IOException("No space left on device")));
        using var port = new Port(line.Link);
        port.Write([1]);
        Assert.True(Soon(() => !failures.IsEmpty));
        Assert.Equal(["No space left on device"], failures);
    }

    private VirtualLine Line(int baud = 9600, ILineDevice? device = null)
    {
        var log = new ServedLog(TextWriter.Null, TimeProvider.System, new SiteClock(TimeProvider.System, TimeSpan.Zero, 1));
        var probe = new YosemitechProbe(
            "ph", 1, YosemitechModels.Y532, new Faults(), () => new ProbeWater(7.6f, 15.8f, 0, 0, 0).Of, "YL4314010022");
        return new VirtualLine(
            "line",
            Path.Combine(folder, "line"),
            baud,
            device ?? new ModbusLine([(probe, new Faults())], VirtualLine.CharacterTime(baud), log),
            failures.Enqueue,
            TimeProvider.System);
    }

    private static bool Soon(Func<bool> condition) => SpinWait.SpinUntil(condition, Patience);

    /// <summary>Sends back what it hears.</summary>
    private sealed class Echo(Action? sent = null) : ILineDevice
    {
        private readonly Queue<byte[]> heard = new();

        public void Receive(ReadOnlySpan<byte> bytes, TimeSpan now) => heard.Enqueue(bytes.ToArray());

        public void Silence()
        {
        }

        public void Reset()
        {
        }

        public Transmission? Next(TimeSpan now) =>
            heard.TryDequeue(out var bytes) ? new Transmission(bytes, now, sent) : null;
    }

    /// <summary>A port opened by hand, without any of the gateway's code.</summary>
    private sealed class Port : IDisposable
    {
        private readonly int descriptor;

        public Port(string path)
        {
            // The line may be about to plug itself in again.
            var opened = -1;
            Assert.True(Soon(() => (opened = Posix.Open(path, Posix.ReadWrite | Posix.NoControllingTerminal)) >= 0), path);
            descriptor = opened;
        }

        public void Write(byte[] bytes) => Assert.True(TryWrite(bytes));

        public bool TryWrite(byte[] bytes) => Posix.Write(descriptor, bytes) == bytes.Length;

        public byte[] Read(int count)
        {
            List<byte> read = [];
            var buffer = new byte[512];
            var begun = Stopwatch.GetTimestamp();
            while (read.Count < count && Stopwatch.GetElapsedTime(begun) < Patience)
            {
                var events = Posix.Wait(descriptor, 1000);
                var came = (events & Posix.PollIn) == 0 ? 0 : Math.Max(0, (int)Posix.Read(descriptor, buffer));
                read.AddRange(buffer.AsSpan(0, came));
                if (came == 0 && (events & Posix.PollHangUp) != 0)
                {
                    break;
                }
            }

            return [.. read];
        }

        public bool HangsUp() => Soon(() => (Posix.Wait(descriptor, 100) & Posix.PollHangUp) != 0);

        public void Dispose() => Posix.Close(descriptor);
    }
}

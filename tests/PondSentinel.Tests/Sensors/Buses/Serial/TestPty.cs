using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using PondSentinel.Sensors.Buses.Serial;

namespace PondSentinel.Tests.Sensors.Buses.Serial;

/// <summary>A pseudo-terminal: the tests hold its master, as a device would hold the far end of a cable.</summary>
internal sealed unsafe partial class TestPty : IDisposable
{
    private const int PathLengthMax = 64;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly SafeFileHandle master;

    public TestPty()
    {
        master = new SafeFileHandle(OpenMaster(Libc.OpenFlags), ownsHandle: true);
        Span<byte> path = stackalloc byte[PathLengthMax];
        fixed (byte* start = path)
        {
            if (master.IsInvalid || GrantPt(master) != 0 || UnlockPt(master) != 0
                || PtsName(master, start, PathLengthMax) != 0)
            {
                throw new InvalidOperationException($"No pseudo-terminal: {Marshal.GetLastPInvokeErrorMessage()}");
            }

            File.CreateSymbolicLink(Path, Marshal.PtrToStringUTF8((nint)start)!);
        }
    }

    /// <summary>The device file to open: a link, because the kernel gives the terminal's own number to the next one at once.
    /// </summary>
    public string Path { get; } =
        System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"pond-pty-{Guid.NewGuid():N}");

    /// <summary>Bits per second that the port is set to; the master sees the settings of its other side.</summary>
    public uint Speed
    {
        get
        {
            Assert.Equal(0, Libc.GetTermios(master, out var termios));
            return termios.OutputSpeed;
        }
    }

    public void Write(string hex) => Write(Hex.Bytes(hex));

    public void Write(ReadOnlySpan<byte> bytes) => Assert.Equal(bytes.Length, (int)Libc.Write(master, bytes));

    /// <summary>Waits for so many bytes.</summary>
    public byte[] Read(int count)
    {
        var bytes = new byte[count];
        var read = 0;
        while (read < count)
        {
            Span<Libc.PollFile> files =
                [new Libc.PollFile { Descriptor = (int)master.DangerousGetHandle(), Events = Libc.PollIn }];
            Assert.True(Libc.Poll(files, Patience) > 0, $"only {read} of {count} bytes came");
            read += Math.Max(0, (int)Libc.Read(master, bytes.AsSpan(read..)));
        }

        return bytes;
    }

    /// <summary>Answers one request of this length.</summary>
    public Task AnswerAsync(int requestLength, string hex) => Task.Run(() =>
    {
        Read(requestLength);
        Write(hex);
    });

    /// <summary>Pulls the cable out.</summary>
    public void Dispose()
    {
        File.Delete(Path);
        master.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    private static partial int OpenMaster(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    private static partial int GrantPt(SafeFileHandle master);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    private static partial int UnlockPt(SafeFileHandle master);

    [LibraryImport("libc", EntryPoint = "ptsname_r", SetLastError = true)]
    private static partial int PtsName(SafeFileHandle master, byte* buffer, nuint length);
}

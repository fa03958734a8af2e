using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PondSentinel.Sensors.Buses.Serial;

/// <summary>An open serial port of Linux: a real one or a pseudo-terminal. Nothing here waits.</summary>
/// <remarks>System.IO.Ports does not tell an unplugged port from a silent one, and hangs when that one is closed
/// (dotnet/runtime 121627); a descriptor of our own sees the hang-up at once.</remarks>
internal sealed class TtyPort : IDisposable
{
    // asm-generic/termbits.h.
    private const uint IgnoreBreak = 0x1;
    private const uint EightBits = 0x30;
    private const uint TwoStopBits = 0x40;
    private const uint EnableReceiver = 0x80;
    private const uint EnableParity = 0x100;
    private const uint OddParity = 0x200;
    private const uint IgnoreModemLines = 0x800;
    private const uint BaudAsNumber = 0x1000;
    private const int InputBaudShift = 16;
    private const int VTime = 5;
    private const int VMin = 6;

    // A UART samples each bit in its middle; 5 % off is half a bit at the end of a character.
    private const double BaudErrorMax = 0.05;

    private readonly SerialSettings settings;
    private bool isClaimed;

    private TtyPort(SerialSettings settings, SafeFileHandle handle)
    {
        this.settings = settings;
        Handle = handle;
    }

    /// <summary>For poll; not to be closed.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>What to tell about a port that was there and is not.</summary>
    public string GoneText => $"{settings.Port} has gone: is the adapter plugged in?";

    /// <summary>Opens and sets a port.</summary>
    /// <param name="settings">Which and how.</param>
    /// <param name="fault">What is wrong and what to do, where the result is null.</param>
    public static TtyPort? Open(SerialSettings settings, out string? fault)
    {
        var descriptor = Libc.Open(settings.Port, Libc.OpenFlags);
        if (descriptor < 0)
        {
            fault = Describe(settings, Marshal.GetLastPInvokeError());
            return null;
        }

        var port = new TtyPort(settings, new SafeFileHandle(descriptor, ownsHandle: true));
        fault = port.Claim() ?? port.Configure();
        if (fault is null)
        {
            return port;
        }

        port.Dispose();
        return null;
    }

    /// <summary>What an error number means for the person at the pond.</summary>
    /// <param name="settings">The port.</param>
    /// <param name="error">The error number of open, flock or ioctl.</param>
    public static string Describe(SerialSettings settings, int error) => error switch
    {
        Errno.NoEntry or Errno.NoDevice or Errno.NoDeviceOrAddress or Errno.InputOutput =>
            $"{settings.Port} is not there: is the adapter plugged in?",
        Errno.Access or Errno.NotPermitted =>
            $"no permission for {settings.Port}: add the user that runs this program to the group dialout",
        Errno.Busy or Errno.TryAgain => HeldText(settings),
        Errno.NotTypewriter => $"{settings.Port} is no serial port: name another",
        _ => $"{settings.Port} cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}",
    };

    /// <summary>Whether the other end has been pulled out.</summary>
    public bool HasGone()
    {
        Span<Libc.PollFile> files = [new Libc.PollFile { Descriptor = (int)Handle.DangerousGetHandle() }];
        return Libc.Poll(files, TimeSpan.Zero) > 0 && (files[0].Happened & Libc.PollGone) != 0;
    }

    /// <summary>Reads what is there.</summary>
    /// <param name="buffer">Receives it; not empty.</param>
    /// <returns>Bytes, 0 where there is nothing yet, -1 where the port has gone.</returns>
    public int Read(Span<byte> buffer)
    {
        // With VMIN 1 nothing to read is EAGAIN, so 0 is a hang-up.
        var count = (int)Libc.Read(Handle, buffer);
        return count > 0 ? count : count < 0 && MayPass(Marshal.GetLastPInvokeError()) ? 0 : -1;
    }

    /// <summary>Writes as much as there is room for.</summary>
    /// <param name="bytes">The bytes; not empty.</param>
    /// <returns>Bytes, 0 where there is no room yet, -1 where the port has gone.</returns>
    public int Write(ReadOnlySpan<byte> bytes)
    {
        var count = (int)Libc.Write(Handle, bytes);
        return count >= 0 ? count : MayPass(Marshal.GetLastPInvokeError()) ? 0 : -1;
    }

    /// <summary>Closes at once. Bytes that were not sent are thrown away first: for them the kernel would wait, up to 30 s
    /// on a line that is stopped.</summary>
    public void Dispose()
    {
        if (!Handle.IsClosed)
        {
            // The kernel forgets the claim at the last close, but of a pseudo-terminal only when its master goes too. The
            // claim of somebody else is not ours to release.
            if (isClaimed)
            {
                _ = Libc.Flush(Handle, Libc.FlushBoth);
                _ = Libc.ReleaseExclusively(Handle);
            }

            Handle.Dispose();
        }
    }

    private static bool MayPass(int error) => error is Errno.TryAgain or Errno.Interrupted;

    private static string HeldText(SerialSettings settings) =>
        $"{settings.Port} is held by another program: stop that one (fuser -v {settings.Port} names it)";

    // flock keeps out a second gateway even where both are root, to whom TIOCEXCL does not apply; TIOCEXCL keeps out
    // programs that know nothing of locks.
    private string? Claim()
    {
        isClaimed = Libc.Flock(Handle, Libc.LockExclusiveNow) == 0 && Libc.ClaimExclusively(Handle) == 0;
        return isClaimed ? null : Describe(settings, Marshal.GetLastPInvokeError());
    }

    private unsafe string? Configure()
    {
        if (Libc.GetTermios(Handle, out var termios) != 0)
        {
            return Describe(settings, Marshal.GetLastPInvokeError());
        }

        // Raw: every byte as it is on the line. A byte with wrong parity comes too: checksums judge, and a missing byte
        // would only look like a slow device. A pseudo-terminal has no parity and drops the bit silently.
        termios.InputFlags = IgnoreBreak;
        termios.OutputFlags = 0;
        termios.LocalFlags = 0;
        termios.ControlFlags = EightBits | EnableReceiver | IgnoreModemLines | BaudAsNumber | (BaudAsNumber << InputBaudShift)
            | (settings.StopBits == 2 ? TwoStopBits : 0)
            | settings.Parity switch
            {
                LineParity.Even => EnableParity,
                LineParity.Odd => EnableParity | OddParity,
                _ => 0,
            };
        termios.LineDiscipline = 0;
        termios.InputSpeed = (uint)settings.Baud;
        termios.OutputSpeed = (uint)settings.Baud;
        new Span<byte>(termios.ControlCharacters, 19).Clear();
        termios.ControlCharacters[VMin] = 1;
        termios.ControlCharacters[VTime] = 0;
        if (Libc.SetTermios(Handle, in termios) != 0 || Libc.GetTermios(Handle, out var set) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            return error == Errno.InputOutput
                ? GoneText
                : string.Create(CultureInfo.InvariantCulture, $"{settings.Port} cannot be set to {settings.Baud} baud, parity {settings.Parity}, {settings.StopBits} stop bits: {Marshal.GetPInvokeErrorMessage(error)}");
        }

        if (Math.Abs(set.OutputSpeed - (double)settings.Baud) > settings.Baud * BaudErrorMax)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{settings.Port} cannot do {settings.Baud} baud, only {set.OutputSpeed}: use another adapter or baud rate");
        }

        _ = Libc.Flush(Handle, Libc.FlushInput);
        return null;
    }
}

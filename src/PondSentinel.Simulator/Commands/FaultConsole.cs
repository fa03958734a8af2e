using PondSentinel.Simulator.Devices;
using PondSentinel.Terminal;

namespace PondSentinel.Simulator.Commands;

/// <summary>Does what comes on standard input.</summary>
internal static class FaultConsole
{
    /// <summary>Goes on until devices fail or it is cancelled.</summary>
    /// <param name="commands">What can be commanded.</param>
    /// <param name="deviceFailure">Ends with the reason when a line can work no more.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="IOException">A line can work no more.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task FollowAsync(
        FaultCommands commands, Task<string> deviceFailure, CancellationToken cancellationToken)
    {
        // Reading a console cannot be cancelled, so it has a thread that the end of the process takes away.
        var failed = deviceFailure.WaitAsync(cancellationToken);
        var commanded = true;
        while (commanded)
        {
            var reading = Task.Run(Console.In.ReadLine, CancellationToken.None);
            if (await Task.WhenAny((Task)reading, failed) == failed)
            {
                break;
            }

            var text = await reading;
            commanded = text is not null;
            if (!string.IsNullOrWhiteSpace(text))
            {
                foreach (var line in commands.Do(text).Said.Split('\n'))
                {
                    Console.Out.WritePlain(line);
                }

                await Console.Out.FlushAsync(cancellationToken);
            }
        }

        // Where nobody will command any more, the devices go on.
        throw new IOException(await failed);
    }
}

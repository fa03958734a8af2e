using System.Text;
using PondSentinel.Gateway.Buffering;

namespace PondSentinel.Gateway.Applying;

/// <summary>A configuration's place on this machine, and those before it.</summary>
internal sealed class ConfigurationPlace
{
    private const string Purpose = "configuration";

    private readonly string folder;

    /// <summary>The place of a configuration, which may be missing.</summary>
    /// <param name="path">The file, or a link that leads to it: then what it leads to is replaced, and it goes on leading there.</param>
    /// <exception cref="IOException">Its folder is not there.</exception>
    public ConfigurationPlace(string path)
    {
        var file = Path.GetFullPath((File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName : null) ?? path);
        folder = Path.GetDirectoryName(file) ?? "/";
        if (!Directory.Exists(folder))
        {
            throw new IOException($"there is no folder {folder}; make it, or name another file with --config");
        }

        Target = file;
    }

    /// <summary>The file itself.</summary>
    public string Target { get; }

    /// <summary>Those before it, the newest first: number and when it was replaced.</summary>
    public IReadOnlyList<(int Number, DateTimeOffset Replaced)> Kept =>
        [.. In(LinuxCard.ToRead(folder, Purpose)).Numbers.Select(number => (number, new DateTimeOffset(File.GetLastWriteTimeUtc(PathOf(number)), TimeSpan.Zero)))];

    /// <summary>Where one before it is.</summary>
    /// <param name="number">Which, 1 the newest.</param>
    public string PathOf(int number) => FormattableString.Invariant($"{Target}.{number}");

    /// <summary>Puts another in place.</summary>
    /// <param name="text">What shall stand in it.</param>
    /// <exception cref="IOException">The folder did not take it; the one before is in place.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write in it; the one before is in place.</exception>
    public void Replace(string text)
    {
        ICard card;
        try
        {
            card = LinuxCard.At(folder, Purpose);
        }
        catch (IOException e)
        {
            // Its own words are of the buffer.
            throw new UnauthorizedAccessException($"this user may not write in {folder}", e);
        }

        In(card).Replace(Encoding.UTF8.GetBytes(text));
    }

    private KeptConfigurations In(ICard card) => new(
        card, Path.GetFileName(Target), (name, like) => FileRights.Copy(Path.Combine(folder, name), Path.Combine(folder, like)));
}

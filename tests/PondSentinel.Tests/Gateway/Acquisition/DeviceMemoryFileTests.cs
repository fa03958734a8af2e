using PondSentinel.Gateway.Acquisition;

namespace PondSentinel.Tests.Gateway.Acquisition;

public sealed class DeviceMemoryFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pond-memory-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void What_was_written_last_is_read_by_the_next_process()
    {
        var memory = new DeviceMemoryFile(folder, "device.state");
        Assert.Null(memory.Read(out var failure));
        Assert.Null(failure);

        Assert.Null(memory.Write("pulses 12 at-most 44"));
        Assert.Null(memory.Write("pulses 13 at-most 45"));

        Assert.Equal("pulses 13 at-most 45", new DeviceMemoryFile(folder, "device.state").Read(out failure));
        Assert.Null(failure);
        Assert.Equal(["device.state"], Directory.GetFiles(folder).Select(Path.GetFileName));
    }

    // What a power cut leaves before the new file is in its place.
    [Theory]
    [InlineData("")]
    [InlineData("pulses 9")]
    public void Half_written_one_beside_it_changes_nothing(string draft)
    {
        var memory = new DeviceMemoryFile(folder, "device.state");
        Assert.Null(memory.Write("pulses 12 at-most 44"));
        File.WriteAllText(Path.Combine(folder, "device.state.new"), draft);

        Assert.Equal("pulses 12 at-most 44", memory.Read(out _));
        Assert.Null(memory.Write("pulses 13 at-most 45"));
        Assert.Equal("pulses 13 at-most 45", memory.Read(out _));
    }

    [Fact]
    public void Folder_that_cannot_be_used_is_said_in_one_line()
    {
        var file = Path.Combine(folder, "file");
        File.WriteAllText(file, "");
        var memory = new DeviceMemoryFile(file, "device.state");

        Assert.NotNull(memory.Write("pulses 12 at-most 44"));
        memory.Read(out var failure);
        Assert.DoesNotContain('\n', failure ?? "");
    }

    [Fact]
    public void File_that_is_there_and_cannot_be_read_is_not_taken_for_none()
    {
        File.CreateSymbolicLink(Path.Combine(folder, "device.state"), "device.state");

        Assert.Null(new DeviceMemoryFile(folder, "device.state").Read(out var failure));
        Assert.NotNull(failure);
    }

    [Fact]
    public void Long_file_is_not_read_whole()
    {
        File.WriteAllBytes(Path.Combine(folder, "device.state"), new byte[10_000_000]);

        Assert.Equal(1024, new DeviceMemoryFile(folder, "device.state").Read(out _)!.Length);
    }
}

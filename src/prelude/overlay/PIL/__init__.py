"""Pictures: a stand-in for Pillow, which no file of pictures is read by. What torchvision's steps need of a picture in memory is here."""
